// A new isolate for each ?id= that was not seen before.
import handle from 'handle-source';
import tenant from 'tenant-source';

export default {
  fetch(request, env) {
    const id = new URL(request.url).searchParams.get('id');
    const worker = env.LOADER.get(id, async () => ({
      compatibilityDate: '2026-11-01',
      mainModule: 'tenant.mjs',
      modules: { 'tenant.mjs': { js: tenant }, 'handle.mjs': { js: handle } },
      globalOutbound: null,
    }));
    return worker.getEntrypoint().fetch(new Request('http://app/api/hello'));
  },
};
