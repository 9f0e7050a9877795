// Things that look like a Response.
// expect: BRINK_BAD_RESPONSE
export default () => Object.create(Response.prototype, { status: { value: 200 } });
