// Getters and constructors in a circle.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT
export default () => {
  class Node {
    get next() {
      return new Node().next;
    }
  }
  return new Response(String(new Node().next));
};
