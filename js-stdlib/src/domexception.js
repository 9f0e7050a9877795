import { defineProperty, SafeWeakMap, setCause } from './primordials.js';
import { defineConstants, defineInterface, illegalInvocation } from './webidl.js';

const { captureStackTrace } = Error;

/**
 * https://webidl.spec.whatwg.org/#idl-DOMException-error-names: the names that have a legacy code.
 */
const CODES = {
  __proto__: null,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

/** @type {WeakMap<object, {name: string, message: string}>} */
const states = new SafeWeakMap();

function stateOf(exception) {
  const state = states.get(exception);
  if (state === undefined) throw illegalInvocation();
  return state;
}

export function isDomException(value) {
  return states.has(value);
}

/** https://webidl.spec.whatwg.org/#idl-DOMException */
export class DOMException {
  // What it makes is an Error to the engine (Error.isError, the stack), though the class does not
  // extend Error.
  constructor(message = '', options = 'Error') {
    let name = 'Error';
    message = `${message}`;
    // The engine keeps the message for the stack; as a property it is the prototype's.
    const self = Reflect.construct(Error, [message], new.target);
    Reflect.deleteProperty(self, 'message');
    if (typeof options === 'object' && options !== null) {
      if (options.name !== undefined) name = `${options.name}`;
      if ('cause' in options) setCause(self, options.cause);
    } else {
      name = `${options}`;
    }
    states.set(self, { __proto__: null, name, message });
    captureStackTrace(self, new.target);
    return self;
  }

  get name() {
    return stateOf(this).name;
  }

  get message() {
    return stateOf(this).message;
  }

  get code() {
    return CODES[stateOf(this).name] ?? 0;
  }
}

/** For structuredClone(): name, message and stack. */
export function copyDomException(exception) {
  const { name, message } = stateOf(exception);
  const copy = new DOMException(message, name);
  const { stack } = exception;
  if (typeof stack === 'string') {
    defineProperty(copy, 'stack', { value: stack, writable: true, configurable: true });
  }
  return copy;
}

Object.setPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, 'DOMException');
defineConstants(DOMException, {
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
});
