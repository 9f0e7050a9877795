# workerd with many workers, a socket for each.
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [{{services}}],
  sockets = [{{sockets}}],
);
const tenant :Workerd.Worker = (
  modules = [
    (name = "tenant.mjs", esModule = embed "tenant.mjs"),
    (name = "handle.mjs", esModule = embed "handle.mjs"),
  ],
  compatibilityDate = "2026-11-01",
);
