// Exports of next/server that brink has no code for. The names exist, so that a module which imports
// them loads; whoever uses one is told.
function notThere(name, why) {
  const Missing = class {
    constructor() {
      throw new Error(`${name} of next/server is not supported: ${why}`);
    }
  };
  Object.defineProperty(Missing, 'name', { value: name });
  return Missing;
}

/** As in Next.js, which moved it as well. */
export const ImageResponse = notThere(
  'ImageResponse',
  'ImageResponse moved from "next/server" to "next/og", which brink does not have',
);
export const URLPattern = notThere(
  'URLPattern',
  'brink does not have it yet; use config.matcher, or a regular expression',
);
