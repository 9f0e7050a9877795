// Writes a regular expression of JavaScript's (https://tc39.es/ecma262/#sec-patterns with Annex B, no
// flags) so that PCRE2 reads the same: with UTF, DOLLAR_ENDONLY, ALT_BSUX, ALLOW_EMPTY_CLASS and
// MATCH_UNSET_BACKREF, as core/proxy/matcher.cc compiles it.
//
// One difference is left: a character above U+FFFF is one character there, two in JavaScript.

/** \s, which is ASCII in PCRE2; and what is left of it, as the inside of a class. */
const SPACE = '\\t-\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const NOT_SPACE =
  '\\x00-\\x08\\x0e-\\x1f!-\\x9f\\xa1-\\u167f\\u1681-\\u1fff\\u200b-\\u2027\\u202a-\\u202e' +
  '\\u2030-\\u205e\\u2060-\\u2fff\\u3001-\\ufefe\\uff00-\\uffff\u{10000}-\u{10ffff}';
const SETS = {
  __proto__: null,
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: SPACE,
  S: NOT_SPACE,
};
const CONTROLS = { __proto__: null, t: 9, n: 10, v: 11, f: 12, r: 13 };
const NOTHING = '(?!)';
const QUANTIFIER = /^\{\d+(?:,\d*)?\}/;

function isSurrogate(code) {
  return code >= 0xd800 && code <= 0xdfff;
}

/** A character by itself, inside of a class or outside. undefined: no path has it. */
function literal(code) {
  if (isSurrogate(code)) return undefined;
  const text = String.fromCodePoint(code);
  if (/[\^$\\.*+?()[\]{}|/-]/.test(text)) return `\\${text}`;
  return code < 32 || code === 127 ? `\\x${code.toString(16).padStart(2, '0')}` : text;
}

class Translator {
  constructor(source) {
    this.source = source;
    this.at = 0;
    this.groups = 0;
    this.named = false;
    this.countGroups();
  }

  get rest() {
    return this.source.slice(this.at);
  }

  /** Takes what matches at this place; undefined: nothing does. */
  take(pattern) {
    const found = pattern.exec(this.rest)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  countGroups() {
    const text = this.source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, '');
    this.groups = (text.match(/\((?!\?)|\(\?<(?![=!])/g) ?? []).length;
    this.named = /\(\?<(?![=!])/.test(text);
  }

  translate() {
    let out = '';
    while (this.at < this.source.length) out += this.next();
    return out;
  }

  next() {
    const character = String.fromCodePoint(this.source.codePointAt(this.at));
    if (character === '\\') return this.escape();
    if (character === '[') return this.class();
    if (character === '{') return this.take(QUANTIFIER) ?? this.skip(1, '\\{');
    return this.skip(character.length, character);
  }

  skip(length, out) {
    this.at += length;
    return out;
  }

  escape() {
    const letter = this.source[this.at + 1];
    if (letter === 'b' || letter === 'B') return this.skip(2, `\\${letter}`);
    if (letter in SETS) {
      const set = SETS[letter];
      return this.skip(2, letter === 's' || letter === 'S' ? `[${set}]` : set);
    }
    if (letter === 'k' && this.named) return this.take(/^\\k<[^>]*>/);
    const reference = /^\\([1-9]\d*)/.exec(this.rest);
    if (reference !== null && Number(reference[1]) <= this.groups) {
      return this.skip(reference[0].length, `(?:${reference[0]})`);
    }
    // As written, where both read the same.
    const hex = this.take(/^\\(?:x[\dA-Fa-f]{2}|u(?![Dd][89A-Fa-f])[\dA-Fa-f]{4})/);
    if (hex !== undefined) return hex;
    return literal(this.character()) ?? NOTHING;
  }

  /** The code of the character that stands here, escaped or not; a class has more escapes. */
  character(inClass = false) {
    if (this.source[this.at] !== '\\') return this.plain();
    const pair = this.take(/^\\u[Dd][89ABab][\dA-Fa-f]{2}\\u[Dd][C-Fc-f][\dA-Fa-f]{2}/);
    if (pair !== undefined) {
      return String.fromCharCode(
        Number.parseInt(pair.slice(2, 6), 16),
        Number.parseInt(pair.slice(8), 16),
      ).codePointAt(0);
    }
    const hex = this.take(/^\\(?:x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4})/);
    if (hex !== undefined) return Number.parseInt(hex.slice(2), 16);
    const octal = this.take(/^\\(?:[0-3][0-7]{0,2}|[4-7][0-7]?)/);
    if (octal !== undefined) return Number.parseInt(octal.slice(1), 8);
    const control = this.take(inClass ? /^\\c[\dA-Z_a-z]/ : /^\\c[A-Za-z]/);
    if (control !== undefined) return control.charCodeAt(2) % 32;
    const letter = this.source[this.at + 1];
    // A backslash that is no escape; the c comes next.
    if (letter === 'c') return this.skip(1, 0x5c);
    if (inClass && letter === 'b') return this.skip(2, 8);
    if (letter in CONTROLS) return this.skip(2, CONTROLS[letter]);
    this.at++;
    return this.plain();
  }

  plain() {
    const code = this.source.codePointAt(this.at);
    return this.skip(code > 0xffff ? 2 : 1, code);
  }

  /** One member of a class: the text of a set, or the code of a character. */
  member() {
    const letter = this.source[this.at] === '\\' ? this.source[this.at + 1] : '';
    return letter !== '' && letter in SETS ? this.skip(2, SETS[letter]) : this.character(true);
  }

  class() {
    let out = this.take(/^\[\^?/);
    while (this.source[this.at] !== ']') {
      const from = this.member();
      const isRange = this.source[this.at] === '-' && this.source[this.at + 1] !== ']';
      if (isRange) this.at++;
      const to = isRange ? this.member() : undefined;
      out += isRange ? range(from, to) : memberText(from);
    }
    this.at++;
    return `${out}]`;
  }
}

function memberText(member) {
  return typeof member === 'string' ? member : (literal(member) ?? '');
}

function range(from, to) {
  // Annex B: with a set at one of its ends it is no range.
  if (typeof from === 'string' || typeof to === 'string') {
    return `${memberText(from)}\\-${memberText(to)}`;
  }
  const low = from >= 0xd800 && from <= 0xdfff ? 0xe000 : from;
  const high = isSurrogate(to) ? 0xd7ff : to;
  return low > high ? '' : `${literal(low)}-${literal(high)}`;
}

/** @param {string} source of a valid RegExp without flags */
export function toPcre(source) {
  return new Translator(source).translate();
}
