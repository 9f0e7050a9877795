target_compile_definitions(config_test PRIVATE
  BRINK_DOCUMENTS="${CMAKE_CURRENT_SOURCE_DIR}/config/documents.json")
target_link_libraries(config_test PRIVATE PkgConfig::SIMDJSON)
