# brink-mksnapshot runs js-stdlib once, at build time; brink-worker carries the heap it leaves.
brink_program(brink-mksnapshot SOURCES mksnapshot_main.cc DEPS brink_bindings)

set(BRINK_SNAPSHOT ${CMAKE_CURRENT_BINARY_DIR}/snapshot.bin)
add_custom_command(
  OUTPUT ${BRINK_SNAPSHOT}
  COMMAND brink-mksnapshot ${BRINK_STDLIB_BUNDLE} ${BRINK_SNAPSHOT}
  DEPENDS brink-mksnapshot brink_stdlib ${BRINK_STDLIB_BUNDLE}
  COMMENT "Snapshot of js-stdlib"
  VERBATIM)

enable_language(ASM)
set_source_files_properties(snapshot_blob.S PROPERTIES
  OBJECT_DEPENDS ${BRINK_SNAPSHOT}
  COMPILE_DEFINITIONS "BRINK_SNAPSHOT=\"${BRINK_SNAPSHOT}\"")
add_library(brink_snapshot_blob OBJECT snapshot_blob.S)

brink_program(brink-worker
  SOURCES worker_main.cc
  DEPS brink_bindings brink_snapshot_blob brink_relocated_start)
install(TARGETS brink-worker DESTINATION ${CMAKE_INSTALL_BINDIR})
