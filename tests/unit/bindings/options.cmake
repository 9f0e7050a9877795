# The tests talk to a real worker over a real channel.
target_compile_definitions(bindings_test PRIVATE BRINK_WORKER="$<TARGET_FILE:brink-worker>")
add_dependencies(bindings_test brink-worker)
