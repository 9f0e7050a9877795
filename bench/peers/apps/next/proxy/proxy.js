import { edge } from './logic.js';

export default function proxy(request) {
  return edge(request);
}
