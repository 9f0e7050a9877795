# workerd that makes a new isolate for each app it has not seen, by its worker loader.
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:{{port}}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [
    (name = "workerd-loader.mjs", esModule = embed "workerd-loader.mjs"),
    (name = "handle-source", text = embed "handle.mjs"),
    (name = "tenant-source", text = embed "tenant.mjs"),
  ],
  compatibilityDate = "2026-11-01",
  bindings = [(name = "LOADER", workerLoader = ())],
);
