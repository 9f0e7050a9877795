// What the shop sells. The origin keeps it in memory: a restart resets the stock.
export const products = [
  {
    id: 'kettle', price_cents: 3900, stock: 12, discount_percent: 20,
    name: { en: 'Enamel kettle', de: 'Emaillekessel' },
    text: {
      en: 'Two litres, a spout that does not drip, and a whistle you can take off at night.',
      de: 'Zwei Liter, eine Tülle, die nicht tropft, und eine Pfeife, die sich abnehmen lässt.',
    },
  },
  {
    id: 'lamp', price_cents: 8450, stock: 3, discount_percent: 0,
    name: { en: 'Desk lamp', de: 'Schreibtischlampe' },
    text: {
      en: 'A brass arm that stays where you put it and a warm light that you can dim.',
      de: 'Ein Messingarm, der bleibt, wo er soll, und ein warmes Licht, das sich dimmen lässt.',
    },
  },
  {
    id: 'notebook', price_cents: 1250, stock: 140, discount_percent: 10,
    name: { en: 'Dotted notebook', de: 'Notizbuch mit Punkten' },
    text: {
      en: 'Sewn binding, 192 numbered pages, paper that takes a fountain pen.',
      de: 'Fadenbindung, 192 nummerierte Seiten, Papier für den Füller.',
    },
  },
  {
    id: 'stool', price_cents: 11900, stock: 0, discount_percent: 0,
    name: { en: 'Oak stool', de: 'Eichenhocker' },
    text: {
      en: 'Three legs, so it never wobbles. Oiled, not varnished.',
      de: 'Drei Beine, damit er nie wackelt. Geölt, nicht lackiert.',
    },
  },
];

export function findProduct(id) {
  return products.find((product) => product.id === id);
}

/** 3900 -> "€39.00" or "39,00 €". */
export function formatPrice(cents, language) {
  const locale = language === 'de' ? 'de-DE' : 'en-IE';
  return new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(cents / 100);
}
