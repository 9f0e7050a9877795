// JSON.stringify() that is led deeper by toJSON().
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT
export default () => {
  const endless = { toJSON: () => ({ deeper: { toJSON: endless.toJSON } }) };
  return new Response(JSON.stringify(endless));
};
