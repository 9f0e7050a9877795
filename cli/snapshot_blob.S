/* The startup snapshot, in read-only data: all workers share its pages through the zygote. */
    .section .rodata
    .balign 4096
    .globl brink_snapshot_begin
    .globl brink_snapshot_end
    .hidden brink_snapshot_begin
    .hidden brink_snapshot_end
brink_snapshot_begin:
    .incbin BRINK_SNAPSHOT
brink_snapshot_end:
    .section .note.GNU-stack, "", @progbits
