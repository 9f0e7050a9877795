import { edge } from './logic.js';

export default function middleware(request) {
  return edge(request);
}
