// import() of what is no module of the app.
// expect: BRINK_SCRIPT_ERROR
export default async () => {
  for (const name of ['data:text/javascript,for(;;);', 'node:fs', '/etc/passwd', '../../../brink.json']) {
    await import(name).then(() => { throw new Error(`${name} was imported`); }, () => {});
  }
  await import('file:///proc/self/environ');
};
