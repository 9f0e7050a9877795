// HTML and SVG as text: elements whose attributes and texts are escaped.

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Markup that tag() takes over as it is; anything else is text. */
class Markup {
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

export const escape = (text) => String(text).replace(/[&<>"]/g, (character) => entities[character]);

/** Only for text that is markup already. */
export const raw = (text) => new Markup(text);

const asText = (child) => {
  if (child === undefined || child === null || child === false) return '';
  if (Array.isArray(child)) return child.map(asText).join('');
  return child instanceof Markup ? child.text : escape(child);
};

const voidElements = new Set(['meta', 'br', 'wbr', 'link']);

/** <name attributes>children</name>; attributes that are undefined or false are left out. */
export function tag(name, attributes = {}, ...children) {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([key, value]) => (value === true ? ` ${key}` : ` ${key}="${escape(value)}"`))
    .join('');
  if (voidElements.has(name)) return raw(`<${name}${written}>`);
  return raw(`<${name}${written}>${asText(children)}</${name}>`);
}

/** A table; `head` and the cells of `rows` are text or markup. The columns from `numbers` on stand right. */
export function dataTable(head, rows, { numbers = 1, caption } = {}) {
  const cell = (name, value, i) => tag(name, { class: i >= numbers ? 'number' : undefined }, value);
  return tag(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    tag(
      'table',
      {},
      tag(
        'thead',
        {},
        tag(
          'tr',
          {},
          head.map((value, i) => cell('th', value, i)),
        ),
      ),
      tag(
        'tbody',
        {},
        rows.map((row) =>
          tag(
            'tr',
            {},
            row.map((value, i) => (i === 0 ? tag('th', { scope: 'row' }, value) : cell('td', value, i))),
          ),
        ),
      ),
    ),
  );
}

export const details = (summary, ...children) => tag('details', {}, tag('summary', {}, summary), ...children);
