// URLs that nothing should follow.
// expect: 200
export default async () => {
  const urls = ['file:///etc/passwd', 'gopher://x/', 'http://', 'http://[::', 'javascript:1', `http://${'a'.repeat(300)}/`,
    'http://0x7f.1:99999/', '//x', 'http://user:pw@\u0000/', 'unix:/run/x'];
  for (const url of urls) {
    const answer = await fetch(url).then(() => 'answered', () => 'refused');
    if (answer !== 'refused') throw new Error(`${url} ${answer}`);
  }
  return new Response('all refused');
};
