// Lets a program start through cli/relocated_start.c, with the libraries of ../lib.
import { DT, Elf, PT_INTERP, PT_NULL } from './elf.mjs';

/**
 * `program`: a stripped copy, changed in place. `built`: the same program with its symbols.
 * The kernel then finds no loader named in it and starts it at its own entry point, which maps the
 * loader. DT_RPATH and not DT_RUNPATH: it has to hold for what the libraries need, too.
 */
export function makeRelocatable(program, built) {
  const symbols = new Elf(built);
  const elf = new Elf(program);
  const interpreter = elf.segments.find(({ type }) => type === PT_INTERP);
  elf.setSegmentType(interpreter, PT_NULL);
  elf.setEntryPoint(symbols.symbolAddress('brink_relocated_start'));
  // The loader reads it relative to the strings of the dynamic section, wherever it is.
  elf.setDynamic(DT.RPATH,
    symbols.symbolAddress('brink_library_folder') - elf.dynamicValue(DT.STRTAB));
  elf.save();
}
