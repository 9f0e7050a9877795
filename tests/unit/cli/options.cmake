target_compile_definitions(cli_test PRIVATE BRINK_DOCS_DIR="${PROJECT_SOURCE_DIR}/docs")
