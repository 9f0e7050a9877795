// The shop's pages, as functions from data to HTML.
import { formatPrice } from './products.mjs';

const words = {
  en: {
    shop: 'Corner Shop', home: 'Home', products: 'Products', cart: 'Cart', login: 'Log in',
    welcome: 'Few things, made well.', lead: 'Four things we use every day and would buy again.',
    see: 'See the products', inStock: (n) => `${n} in stock`, soldOut: 'Sold out', add: 'Put into cart',
    emptyCart: 'Your cart is empty.', total: 'Total', checkout: 'Order', ordered: 'Thank you. Your order is noted.',
    missing: 'There is no such page.', other: ['de', 'Deutsch'],
  },
  de: {
    shop: 'Eckladen', home: 'Start', products: 'Produkte', cart: 'Warenkorb', login: 'Anmelden',
    welcome: 'Wenige Dinge, gut gemacht.', lead: 'Vier Dinge, die wir täglich benutzen und wieder kaufen würden.',
    see: 'Zu den Produkten', inStock: (n) => `${n} auf Lager`, soldOut: 'Ausverkauft', add: 'In den Warenkorb',
    emptyCart: 'Der Warenkorb ist leer.', total: 'Summe', checkout: 'Bestellen',
    ordered: 'Danke. Ihre Bestellung ist notiert.', missing: 'Diese Seite gibt es nicht.', other: ['en', 'English'],
  },
};

export function escape(text) {
  return String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Links stay within the language: '/products' is '/de/products' on a German page. */
const at = (language, path) => (language === 'de' ? `/de${path === '/' ? '' : path}` : path);

export function layout(language, title, main, { requestId } = {}) {
  const w = words[language];
  const links = [['/', w.home], ['/products', w.products], ['/cart', w.cart], ['/login', w.login]]
    .map(([path, name]) => `<a href="${at(language, path)}">${name}</a>`).join('\n      ');
  const [code, name] = w.other;
  return `<!doctype html>
<html lang="${language}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escape(title)} · ${w.shop}</title>
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header>
    <strong>${w.shop}</strong>
    <nav>
      ${links}
      <a href="${at(code, '/')}?lang=${code}" hreflang="${code}">${name}</a>
    </nav>
  </header>
  <main>
${main}
  </main>
  <footer>${requestId ? `request ${escape(requestId)}` : 'not asked through brink'}</footer>
</body>
</html>
`;
}

export function home(language, variant) {
  const w = words[language];
  if (variant === 'b') {
    return `    <section class="hero accent" data-variant="b">
      <h1>${w.welcome}</h1>
      <p><a class="button" href="${at(language, '/products')}">${w.see}</a></p>
    </section>`;
  }
  return `    <section class="hero" data-variant="a">
      <h1>${w.welcome}</h1>
      <p>${w.lead}</p>
      <p><a class="button" href="${at(language, '/products')}">${w.see}</a></p>
    </section>`;
}

export function productList(language, products) {
  const items = products.map((product) => `      <li>
        <a href="${at(language, `/products/${product.id}`)}">${escape(product.name[language])}</a>
        <span>${formatPrice(product.price_cents, language)}</span>
      </li>`).join('\n');
  return `    <h1>${words[language].products}</h1>
    <ul class="products">
${items}
    </ul>`;
}

export function productPage(language, product) {
  const w = words[language];
  const stock = product.stock > 0 ? w.inStock(product.stock) : w.soldOut;
  const add = product.stock > 0
    ? `<form method="post" action="/cart">
      <input type="hidden" name="product" value="${product.id}">
      <input type="hidden" name="language" value="${language}">
      <button>${w.add}</button>
    </form>` : '';
  return `    <h1>${escape(product.name[language])}</h1>
    <p>${escape(product.text[language])}</p>
    <p class="price">${formatPrice(product.price_cents, language)}</p>
    <p>${stock}</p>
    ${add}`;
}

export function cartPage(language, products) {
  const w = words[language];
  if (products.length === 0) return `    <h1>${w.cart}</h1>\n    <p>${w.emptyCart}</p>`;
  const rows = products.map((product) => `      <li><span>${escape(product.name[language])}</span>
        <span>${formatPrice(product.price_cents, language)}</span></li>`).join('\n');
  const total = products.reduce((sum, product) => sum + product.price_cents, 0);
  return `    <h1>${w.cart}</h1>
    <ul class="products">
${rows}
      <li><strong>${w.total}</strong><strong>${formatPrice(total, language)}</strong></li>
    </ul>
    <form method="post" action="/checkout">
      <input type="hidden" name="language" value="${language}">
      <button>${w.checkout}</button>
    </form>`;
}

export function orderedPage(language) {
  return `    <h1>${words[language].checkout}</h1>\n    <p>${words[language].ordered}</p>`;
}

export function loginPage(language, from) {
  return `    <h1>${words[language].login}</h1>
    <form method="post" action="/login">
      <input type="hidden" name="from" value="${escape(from)}">
      <label>Name <input name="name" value="ada" autocomplete="username"></label>
      <button>${words[language].login}</button>
    </form>`;
}

export function adminPage(user, products) {
  const rows = products.map((product) =>
    `      <tr><td>${product.id}</td><td>${product.stock}</td></tr>`).join('\n');
  return `    <h1>Stock</h1>
    <p>Logged in as ${escape(user)}.</p>
    <table>
      <tr><th>product</th><th>stock</th></tr>
${rows}
    </table>`;
}

export function missingPage(language) {
  return `    <h1>404</h1>\n    <p>${words[language].missing}</p>`;
}
