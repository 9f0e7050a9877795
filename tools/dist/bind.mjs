// Binds what a library refers to in itself when dist is made, and not at each start: of libnode's 19,000
// look-ups by name, 13,000 are of its own symbols.
//
// Only where the loader would find the library's own definition, too: no program or library that it
// searches before that one defines the name. The relocation then becomes a relative one, which
// needs no name. (It is what the linker's -Bsymbolic does, and cannot be undone by LD_PRELOAD.)
import { DT, Elf } from './elf.mjs';

const R = { COPY: 5, ABSOLUTE: 1, GLOB_DAT: 6, JUMP_SLOT: 7, RELATIVE: 8 };
const STT = { TLS: 6, IFUNC: 10 };
const bindNow = 8; // DT_FLAGS
const relocationBytes = 24;
const symbolBytes = 24;

/**
 * `libraries`: Map of name to file, changed in place. `programs`: files. Libraries in `keep` stay as they are.
 * Returns how many look-ups by name are left and how many there were.
 */
export function bindToThemselves(libraries, programs, keep) {
  const elves = new Map([...libraries].map(([name, file]) => [name, new Elf(file)]));
  const scopes = programs.map((file) => searchOrder(new Elf(file), elves));
  const count = { before: 0, after: 0 };
  for (const [name, elf] of elves) {
    const earlier = new Set();
    for (const scope of scopes.filter((each) => each.includes(elf))) {
      for (const other of scope.slice(0, scope.indexOf(elf))) {
        for (const symbol of definedNames(other)) earlier.add(symbol);
      }
    }
    bind(elf, earlier, keep.includes(name), count);
    elf.save();
  }
  return count;
}

/** The order in which the loader looks for a symbol: the program, then by breadth what each needs. */
function searchOrder(program, elves) {
  const order = [program];
  for (let i = 0; i < order.length; ++i) {
    for (const name of order[i].needed) {
      const elf = elves.get(name);
      if (elf && !order.includes(elf)) order.push(elf);
    }
  }
  return order;
}

function definedNames(elf) {
  elf.definedNames ??= new Set(symbols(elf).filter(({ defined }) => defined).map(({ name }) => name));
  return elf.definedNames;
}

function symbols(elf) {
  if (elf.symbolList) return elf.symbolList;
  const { bytes } = elf;
  const names = elf.offsetOf(elf.dynamicValue(DT.STRTAB));
  const start = elf.offsetOf(elf.dynamicValue(DT.SYMTAB));
  elf.symbolList = Array.from({ length: elf.dynamicSymbolCount() }, (_, index) => {
    const at = start + index * symbolBytes;
    return {
      name: elf.text(names + bytes.readUInt32LE(at)), type: bytes[at + 4] & 15,
      local: bytes[at + 4] >> 4 === 0, defined: bytes.readUInt16LE(at + 6) !== 0,
      value: elf.u64(at + 8),
    };
  });
  return elf.symbolList;
}

function bind(elf, earlier, keep, count) {
  const now = ((elf.dynamicValue(DT.FLAGS) ?? 0) & bindNow) !== 0;
  const tables = [[DT.RELA, DT.RELASZ]];
  if (now) tables.push([DT.JMPREL, DT.PLTRELSZ]); // else they are bound when first called
  for (const [table, size] of tables) {
    if (elf.dynamicValue(table) === undefined) continue;
    const start = elf.offsetOf(elf.dynamicValue(table));
    const end = start + elf.dynamicValue(size);
    for (let at = start; at < end; at += relocationBytes) {
      const index = elf.bytes.readUInt32LE(at + 12);
      if (index === 0) continue;
      ++count.before;
      const value = keep ? undefined : ownValue(elf, at, symbols(elf)[index], earlier);
      if (value === undefined) {
        ++count.after;
      } else {
        elf.bytes.writeUInt32LE(R.RELATIVE, at + 8);
        elf.bytes.writeUInt32LE(0, at + 12);
        elf.setU64(at + 16, value);
      }
    }
    if (table === DT.RELA && !keep) relativeFirst(elf, start, end);
  }
}

/** What the relocation at `at` adds to the library's address; undefined: it needs a look-up. */
function ownValue(elf, at, symbol, earlier) {
  const type = elf.bytes.readUInt32LE(at + 8);
  const takesAddend = type === R.ABSOLUTE;
  if (!takesAddend && type !== R.GLOB_DAT && type !== R.JUMP_SLOT) return undefined;
  if (!symbol.defined || symbol.type === STT.TLS || symbol.type === STT.IFUNC) return undefined;
  if (!symbol.local && earlier.has(symbol.name)) return undefined;
  return symbol.value + (takesAddend ? Number(elf.bytes.readBigInt64LE(at + 16)) : 0);
}

/** The loader does the first DT_RELACOUNT relocations, all relative, in a loop of their own. */
function relativeFirst(elf, start, end) {
  const relative = [];
  const others = [];
  for (let at = start; at < end; at += relocationBytes) {
    const entry = Buffer.from(elf.bytes.subarray(at, at + relocationBytes));
    (entry.readUInt32LE(8) === R.RELATIVE ? relative : others).push(entry);
  }
  relative.sort((a, b) => Number(a.readBigUInt64LE(0) - b.readBigUInt64LE(0)));
  Buffer.concat([...relative, ...others]).copy(elf.bytes, start);
  elf.setDynamic(DT.RELACOUNT, relative.length);
}
