# workerd; the service behind the socket is "main" (the middleware) or "origin" (no JavaScript at all).
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "origin", external = (address = "127.0.0.1:{{origin}}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{{port}}", http = (), service = "{{service}}")],
);
const main :Workerd.Worker = (
  modules = [
    (name = "workerd.mjs", esModule = embed "workerd.mjs"),
    (name = "handle.mjs", esModule = embed "handle.mjs"),
  ],
  compatibilityDate = "2026-11-01",
  bindings = [(name = "ORIGIN", service = "origin")],
);
