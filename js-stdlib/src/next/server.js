// What `import ... from 'next/server'` gives.
export { after, connection } from './after.js';
export { NextFetchEvent } from './fetch-event.js';
export { NextRequest } from './next-request.js';
export { NextResponse } from './next-response.js';
export { ImageResponse, URLPattern } from './not-there.js';
export { userAgent, userAgentFromString } from './user-agent.js';
