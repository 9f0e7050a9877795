// Formatters of every locale: memory of ICU, outside the heap.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const locales = ['ar', 'de', 'en', 'fa', 'hi', 'ja', 'ko', 'ru', 'th', 'zh'];
  const kept = [];
  for (let i = 0; ; i++) {
    kept.push(new Intl.DateTimeFormat(locales[i % 10], { dateStyle: 'full', timeStyle: 'full' }).format(i * 1e9));
    kept.push(new Intl.NumberFormat(locales[i % 10], { style: 'currency', currency: 'EUR' }));
    kept.push(new Intl.Collator(locales[i % 10]));
  }
};
