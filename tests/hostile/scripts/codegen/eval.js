// eval(), which there is not.
// expect: BRINK_SCRIPT_ERROR
export default () => new Response(eval('1 + 1'));
