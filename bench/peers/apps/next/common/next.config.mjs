import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export default {
  compress: false,
  poweredByHeader: false,
  // The packages are in the folder above the app's.
  turbopack: { root: dirname(dirname(fileURLToPath(import.meta.url))) },
};
