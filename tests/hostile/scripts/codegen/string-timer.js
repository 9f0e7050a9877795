// A string as a timer's callback.
// expect: BRINK_SCRIPT_ERROR
export default () => setTimeout('for (;;);', 0);
