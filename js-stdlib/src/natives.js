/**
 * The C++ side (natives.d.ts). Set once, before the first script runs.
 * @type {import('../natives.d.ts').Natives}
 */
export let natives = /** @type {any} */ (undefined);

export function setNatives(value) {
  natives = value;
}

/** natives.d.ts StreamKind */
export const REQUEST_BODY = 0;
export const FETCH_RESPONSE_BODY = 1;
export const RESPONSE_BODY = 2;
export const FETCH_REQUEST_BODY = 3;

/** natives.d.ts BodyKind */
export const BODY_NONE = 0;
export const BODY_INLINE = 1;
export const BODY_STREAM = 2;
export const BODY_PASS_THROUGH = 3;

/** natives.d.ts IncomingBody */
export const INCOMING_NONE = 0;
export const INCOMING_TO_PULL = 1;
export const INCOMING_WHOLE = 2;

/** natives.d.ts ChunkState */
export const CHUNK_MORE = 0;
export const CHUNK_END = 1;
export const CHUNK_ERROR = 2;
