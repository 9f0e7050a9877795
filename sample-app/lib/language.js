/** The best of `known` for an Accept-Language header (RFC 9110 section 12.5.4); the first when none fits. */
export function preferredLanguage(header, known) {
  const wanted = (header ?? '').split(',').map((part) => {
    const [tag, ...parameters] = part.trim().split(';');
    const quality = parameters.map((p) => /^\s*q=([\d.]+)$/.exec(p)?.[1]).find(Boolean);
    return { language: tag.toLowerCase().split('-')[0], quality: quality === undefined ? 1 : Number(quality) };
  }).filter(({ language, quality }) => known.includes(language) && quality > 0);
  wanted.sort((a, b) => b.quality - a.quality);
  return wanted[0]?.language ?? known[0];
}
