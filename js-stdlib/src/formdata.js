// https://xhr.spec.whatwg.org/#interface-formdata
import { blobBytes, File, isBlob, makeFile } from './blob.js';
import {
  defineInterface,
  definePairIterable,
  illegalInvocation,
  inspect,
  requireArguments,
  usvString,
} from './webidl.js';

let formDataEntries;
let isFormData;

export class FormData {
  /** @type {Array<[string, string | File]>} */
  #entries = [];

  constructor(form = undefined) {
    if (form !== undefined)
      throw new TypeError('FormData constructor: there are no form elements here.');
  }

  static {
    formDataEntries = (form) => form.#entries;
    isFormData = (value) => typeof value === 'object' && value !== null && #entries in value;
  }

  append(name, value, filename = undefined) {
    if (!(#entries in this)) throw illegalInvocation();
    requireArguments(arguments.length, 2, 'FormData.append');
    this.#entries.push(makeEntry(name, value, filename, arguments.length > 2));
  }

  delete(name) {
    requireArguments(arguments.length, 1, 'FormData.delete');
    name = usvString(name);
    this.#entries = this.#entries.filter((entry) => entry[0] !== name);
  }

  get(name) {
    requireArguments(arguments.length, 1, 'FormData.get');
    name = usvString(name);
    return this.#entries.find((entry) => entry[0] === name)?.[1] ?? null;
  }

  getAll(name) {
    requireArguments(arguments.length, 1, 'FormData.getAll');
    name = usvString(name);
    return this.#entries.filter((entry) => entry[0] === name).map((entry) => entry[1]);
  }

  has(name) {
    requireArguments(arguments.length, 1, 'FormData.has');
    name = usvString(name);
    return this.#entries.some((entry) => entry[0] === name);
  }

  set(name, value, filename = undefined) {
    if (!(#entries in this)) throw illegalInvocation();
    requireArguments(arguments.length, 2, 'FormData.set');
    const fresh = makeEntry(name, value, filename, arguments.length > 2);
    const index = this.#entries.findIndex((entry) => entry[0] === fresh[0]);
    if (index < 0) {
      this.#entries.push(fresh);
      return;
    }
    this.#entries[index] = fresh;
    this.#entries = this.#entries.filter((entry, i) => i <= index || entry[0] !== fresh[0]);
  }

  [inspect]() {
    return Object.fromEntries(this.#entries);
  }

  static {
    definePairIterable(this, 'FormData', (self) => {
      if (typeof self !== 'object' || self === null || !(#entries in self))
        throw illegalInvocation();
      return self.#entries;
    });
  }
}
defineInterface(FormData, 'FormData');

/** https://xhr.spec.whatwg.org/#create-an-entry */
function makeEntry(name, value, filename, hasFilename) {
  name = usvString(name);
  if (!isBlob(value)) {
    if (hasFilename)
      throw new TypeError('FormData: a filename is given, but the value is not a Blob.');
    return [name, usvString(value)];
  }
  if (hasFilename) filename = usvString(filename);
  if (value instanceof File && !hasFilename) return [name, value];
  return [
    name,
    makeFile(
      blobBytes(value),
      hasFilename ? filename : value instanceof File ? value.name : 'blob',
      value.type,
      value instanceof File ? value.lastModified : undefined,
    ),
  ];
}

export { formDataEntries, isFormData };
