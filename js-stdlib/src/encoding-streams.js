// https://encoding.spec.whatwg.org/#interface-textencoderstream and -textdecoderstream
import { TextDecoder } from './encoding.js';
import { natives } from './natives.js';
import { viewBytes } from './primordials.js';
import { TransformStream } from './streams.js';
import { defineInterface } from './webidl.js';

export class TextEncoderStream {
  #transform;

  constructor() {
    let high = '';
    this.#transform = new TransformStream({
      __proto__: null,
      transform(chunk, controller) {
        let text = high + `${chunk}`;
        const last = text.charCodeAt(text.length - 1);
        high = '';
        if (last >= 0xd800 && last < 0xdc00) {
          high = text[text.length - 1];
          text = text.slice(0, -1);
        }
        if (text !== '') controller.enqueue(natives.utf8Encode(text.toWellFormed()));
      },
      flush(controller) {
        if (high !== '') controller.enqueue(new Uint8Array([0xef, 0xbf, 0xbd]));
      },
    });
  }

  get encoding() {
    return this.#transform && 'utf-8';
  }
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}
defineInterface(TextEncoderStream, 'TextEncoderStream');

export class TextDecoderStream {
  #decoder;
  #transform;

  constructor(label = 'utf-8', options = undefined) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      __proto__: null,
      transform(chunk, controller) {
        const bytes = viewBytes(chunk);
        if (bytes === undefined) {
          throw new TypeError('TextDecoderStream: a chunk is not an ArrayBuffer or a view.');
        }
        const text = decoder.decode(bytes, { __proto__: null, stream: true });
        if (text !== '') controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text !== '') controller.enqueue(text);
      },
    });
  }

  get encoding() {
    return this.#decoder.encoding;
  }
  get fatal() {
    return this.#decoder.fatal;
  }
  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}
defineInterface(TextDecoderStream, 'TextDecoderStream');
