// What scripts find on globalThis, and nothing that is not there yet.
import { AbortController, AbortSignal } from './abort.js';
import { atob, btoa } from './base64.js';
import { Blob, File } from './blob.js';
import { console } from './console.js';
import { Crypto, crypto } from './crypto.js';
import { DOMException } from './domexception.js';
import { TextDecoder, TextEncoder } from './encoding.js';
import { TextDecoderStream, TextEncoderStream } from './encoding-streams.js';
import { CustomEvent, Event, EventTarget } from './events.js';
import { fetch } from './fetch.js';
import { FormData } from './formdata.js';
import { Headers } from './headers.js';
import { waitUntil } from './next/wait-until.js';
import { Performance, performance } from './performance.js';
import { defineProperty } from './primordials.js';
import { createProcess } from './process.js';
import { Request } from './request.js';
import { currentRecord } from './requests.js';
import { Response } from './response.js';
import {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from './streams.js';
import { structuredClone } from './structured-clone.js';
import { clearInterval, clearTimeout, queueMicrotask, setInterval, setTimeout } from './timers.js';
import { URL } from './url.js';
import { URLSearchParams } from './urlsearchparams.js';

/** Interfaces: not enumerable, as https://webidl.spec.whatwg.org/#es-interfaces says. */
const interfaces = {
  AbortController,
  AbortSignal,
  Blob,
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  Crypto,
  CustomEvent,
  DOMException,
  Event,
  EventTarget,
  File,
  FormData,
  Headers,
  Performance,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  Request,
  Response,
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  URL,
  URLSearchParams,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
};

/** Operations of WindowOrWorkerGlobalScope: enumerable. */
const operations = {
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  fetch,
  queueMicrotask,
  setInterval,
  setTimeout,
  structuredClone,
};

export function installGlobals(global) {
  for (const name of Object.keys(interfaces)) {
    defineProperty(interfaces[name], 'name', { value: name, configurable: true });
    defineProperty(global, name, { value: interfaces[name], writable: true, configurable: true });
  }
  for (const name of Object.keys(operations)) {
    defineProperty(operations[name], 'name', { value: name, configurable: true });
    defineProperty(global, name, {
      value: operations[name],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  const others = { console, crypto, performance, self: global };
  for (const name of Object.keys(others)) {
    defineProperty(global, name, { value: others[name], writable: true, configurable: true });
  }
  // https://edge-runtime.vercel.app/features/available-apis#addressing-the-runtime
  defineProperty(global, 'EdgeRuntime', { value: 'edge-runtime' });
  defineProperty(global, 'process', {
    value: createProcess(),
    writable: true,
    configurable: true,
  });
  // Where code bundled from Next.js looks for waitUntil().
  defineProperty(global, Symbol.for('@next/request-context'), {
    value: {
      get() {
        const record = currentRecord();
        return record === undefined
          ? undefined
          : { waitUntil: (promise) => waitUntil(record, promise) };
      },
    },
    writable: true,
    configurable: true,
  });
}
