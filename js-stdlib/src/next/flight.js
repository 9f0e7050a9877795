// What the Next.js router says to its server in headers is hidden from middleware, and goes on to
// the origin whatever middleware does with the headers.
const FLIGHT_HEADERS = [
  'rsc',
  'next-router-state-tree',
  'next-router-prefetch',
  'next-hmr-refresh',
  'next-router-segment-prefetch',
];

function isFlightHeader(name) {
  const first = name.charCodeAt(0);
  return (first === 114 || first === 110) && FLIGHT_HEADERS.includes(name);
}

/** RequestRecord.filterHeaders for middleware. */
export function hideFlightHeaders(record, list) {
  let hidden = null;
  for (let i = 0; i < list.length; i += 2) {
    if (isFlightHeader(list[i])) (hidden ??= []).push(list[i], list[i + 1]);
  }
  if (hidden === null) return list;
  record.hiddenHeaders = hidden;
  const visible = [];
  for (let i = 0; i < list.length; i += 2) {
    if (!isFlightHeader(list[i])) visible.push(list[i], list[i + 1]);
  }
  return visible;
}

/** A header list for the origin: `list` with the hidden headers as the client sent them. */
export function withFlightHeaders(record, list) {
  const { hiddenHeaders } = record;
  if (hiddenHeaders === null) return list;
  const all = [];
  for (let i = 0; i < list.length; i += 2) {
    if (!isFlightHeader(list[i])) all.push(list[i], list[i + 1]);
  }
  all.push(...hiddenHeaders);
  return all;
}
