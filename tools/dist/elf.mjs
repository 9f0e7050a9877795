// Reads, and changes in place, what `./dev dist` needs of an ELF file: 64-bit, little-endian.
import fs from 'node:fs';

export const PT_NULL = 0;
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;

export const DT = {
  NULL: 0, NEEDED: 1, PLTRELSZ: 2, STRTAB: 5, SYMTAB: 6, RELA: 7, RELASZ: 8, RPATH: 15, JMPREL: 23,
  FLAGS: 30, RELACOUNT: 0x6ffffff9,
};

const symbolBytes = 24;
const symbolTable = 2;
const dynamicSymbolTable = 11;

export class Elf {
  constructor(file) {
    this.file = file;
    this.bytes = fs.readFileSync(file);
    if (this.bytes.readUInt32BE(0) !== 0x7f454c46 || this.bytes[4] !== 2 || this.bytes[5] !== 1) {
      throw new Error(`${file} is not a 64-bit ELF file`);
    }
    const offset = this.u64(32);
    const count = this.bytes.readUInt16LE(56);
    this.segments = Array.from({ length: count }, (_, index) => {
      const at = offset + index * this.bytes.readUInt16LE(54);
      return {
        at, type: this.bytes.readUInt32LE(at), offset: this.u64(at + 8), address: this.u64(at + 16),
        fileBytes: this.u64(at + 32), memoryBytes: this.u64(at + 40),
      };
    });
    this.readDynamic();
  }

  u64(at) { return Number(this.bytes.readBigUInt64LE(at)); }
  setU64(at, value) { this.bytes.writeBigInt64LE(BigInt(value), at); }

  /** Where in the file the byte is that will be at `address` (from the load address). */
  offsetOf(address) {
    const segment = this.segments.find(({ type, address: start, fileBytes }) => (
      type === PT_LOAD && address >= start && address < start + fileBytes));
    if (!segment) throw new Error(`${this.file} has no byte for address ${address.toString(16)}`);
    return address - segment.address + segment.offset;
  }

  text(at) { return this.bytes.toString('latin1', at, this.bytes.indexOf(0, at)); }

  /** The dynamic section: [{at, tag, value}], up to the first NULL; `spare` NULLs follow. */
  readDynamic() {
    const segment = this.segments.find(({ type }) => type === PT_DYNAMIC);
    this.dynamic = [];
    for (let at = segment.offset; at < segment.offset + segment.fileBytes; at += 16) {
      const entry = { at, tag: this.u64(at), value: this.u64(at + 8) };
      if (entry.tag === DT.NULL) {
        this.spare = Array.from({ length: (segment.offset + segment.fileBytes - at) / 16 - 1 },
          (_, index) => at + 16 * index);
        break;
      }
      this.dynamic.push(entry);
    }
  }

  dynamicValue(tag) { return this.dynamic.find((entry) => entry.tag === tag)?.value; }
  dynamicText(offset) { return this.text(this.offsetOf(this.dynamicValue(DT.STRTAB)) + offset); }

  get needed() {
    return this.dynamic.filter(({ tag }) => tag === DT.NEEDED).map(({ value }) => this.dynamicText(value));
  }

  setDynamic(tag, value) {
    const entry = this.dynamic.find((each) => each.tag === tag);
    if (entry) return void this.setU64(entry.at + 8, value);
    const at = this.spare.shift();
    if (at === undefined) throw new Error(`${this.file} has no room for another dynamic entry`);
    this.setU64(at, tag);
    this.setU64(at + 8, value);
    this.dynamic.push({ at, tag, value });
  }

  /** The first section of a type: its offset and size in the file, and the offset of the one it names. */
  section(type) {
    const header = (index) => this.u64(40) + index * this.bytes.readUInt16LE(58);
    for (let i = 0; i < this.bytes.readUInt16LE(60); ++i) {
      const at = header(i);
      if (this.bytes.readUInt32LE(at + 4) !== type) continue;
      const linked = header(this.bytes.readUInt32LE(at + 40));
      return { offset: this.u64(at + 24), size: this.u64(at + 32), linked: this.u64(linked + 24) };
    }
    throw new Error(`${this.file} has no section of type ${type}`);
  }

  dynamicSymbolCount() { return this.section(dynamicSymbolTable).size / symbolBytes; }

  /** The address of a symbol of the symbol table, which a stripped file does not have. */
  symbolAddress(name) {
    const { offset, size, linked } = this.section(symbolTable);
    for (let at = offset; at < offset + size; at += symbolBytes) {
      if (this.text(linked + this.bytes.readUInt32LE(at)) === name) return this.u64(at + 8);
    }
    throw new Error(`${this.file} has no symbol ${name}`);
  }

  setEntryPoint(address) { this.setU64(24, address); }
  setSegmentType(segment, type) { this.bytes.writeUInt32LE(type, segment.at); }
  save() { fs.writeFileSync(this.file, this.bytes); }
}
