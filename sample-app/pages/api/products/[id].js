// GET /api/products/kettle: one product with its stock, from two of the origin's APIs at once.
import { ORIGIN } from '../../../lib/origin.js';

export default async function handler(request) {
  const id = encodeURIComponent(request.nextUrl.searchParams.get('id'));
  const [product, stock] = await Promise.all([
    fetch(`${ORIGIN}/api-origin/products/${id}`),
    fetch(`${ORIGIN}/api-origin/stock?product=${id}`),
  ]);
  if (product.status === 404) return product; // passed on as it is: its bytes never enter the worker
  const { name, text, price_cents } = await product.json();
  const available = Object.values(await stock.json())[0] > 0;
  return Response.json({ id, name: name.en, text: text.en, price: price_cents / 100, available });
}
