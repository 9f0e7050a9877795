#include "bindings/bindings.h"

namespace brink::bindings {

std::vector<sandbox::Binding> all_bindings() {
  return {request_binding(), body_binding(),     decoding_binding(),    fetch_binding(),
          url_binding(),     encoding_binding(), crypto_binding(),      clone_binding(),
          timers_binding(),  console_binding(),  environment_binding(), promise_binding()};
}

}  // namespace brink::bindings
