// GET /api/deals: asks the origin for all products and answers with what is reduced, best deal first.
import { ORIGIN } from '../../lib/origin.js';

export default async function handler(request) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return Response.json({ error: 'GET only' }, { status: 405, headers: { allow: 'GET, HEAD' } });
  }
  const answer = await fetch(`${ORIGIN}/api-origin/products`);
  if (!answer.ok) {
    return Response.json({ error: `the shop answered ${answer.status}` }, { status: 502 });
  }
  const products = await answer.json();
  const deals = products
    .filter((product) => product.discount_percent > 0 && product.stock > 0)
    .map((product) => ({
      id: product.id,
      name: product.name.en,
      was: product.price_cents / 100,
      now: Math.round(product.price_cents * (100 - product.discount_percent) / 100) / 100,
    }))
    .sort((a, b) => a.now / a.was - b.now / b.was);
  return Response.json({ deals }, { headers: { 'cache-control': 'max-age=10' } });
}
