#!/usr/bin/env bash
# The commands of ../dev that build and test. dev runs this inside the toolchain.
set -euo pipefail

repo=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

# What users run; the rest of a build is tests and benchmarks, and most of its time.
programs=(brink brink-worker brink-bench)

say() { printf 'dev: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# build PRESET [TARGET...]: brings build/PRESET, or these targets of it, up to date. Two callers at once
# take turns.
build() {
  local preset=$1 folder=$repo/build/$1 lock_fd targets=("${@:2}")
  mkdir -p "$folder"
  exec {lock_fd}>"$folder/.lock"
  if ! flock --nonblock "$lock_fd"; then
    say "another ./dev is building $preset; waiting for it"
    flock "$lock_fd"
  fi
  (
    cd "$repo"
    export CCACHE_BASEDIR=$repo CCACHE_NOHASHDIR=true CCACHE_SLOPPINESS=pch_defines,time_macros
    install_js_packages js-stdlib
    configure "$preset" "$folder"
    cmake --build --preset "$preset" ${targets:+--target "${targets[@]}"} ||
      die "the $preset build failed; the compiler's messages are above"
  ) {lock_fd}>&-
  exec {lock_fd}>&-
}

# build_pgo: the release once more, optimized for what the micro-benchmarks run. These run only when they
# are another build than last time.
build_pgo() {
  local train=$repo/build/pgo-train
  build pgo-train front_bench worker_bench
  if [[ ! -e $train/.trained || -n $(find "$train"/bench/micro/*_bench -newer "$train/.trained") ]]; then
    say "training: the micro-benchmarks"
    rm -rf "$train/profile" "$repo/build/pgo"
    local program
    for program in front_bench worker_bench; do
      "$train/bench/micro/$program" --benchmark_min_time=0.2s >"$train/$program.log" 2>&1 ||
        die "the training failed: $train/$program.log"
    done
    touch "$train/.trained"
  fi
  build pgo
}

# install_js_packages FOLDER: its npm packages, when its lock file is another than last time. Two callers
# at once take turns.
install_js_packages() {
  local folder=$1 lock=$repo/$1/package-lock.json stamp=$repo/$1/node_modules/.installed-from lock_fd
  [[ -e $lock ]] || return 0
  ! cmp --silent "$lock" "$stamp" || return 0
  mkdir -p "$repo/build"
  exec {lock_fd}>"$repo/build/.npm-lock"
  flock "$lock_fd"
  if ! cmp --silent "$lock" "$stamp"; then
    say "npm ci in $folder"
    npm ci --prefix "$repo/$folder" --ignore-scripts --no-audit --no-fund ||
      die "npm ci failed in $folder: can the npm registry be reached from here?"
    cp "$lock" "$stamp"
  fi
  exec {lock_fd}>&-
}

# Afresh when the presets or the toolchain changed since; CMake itself notices the rest.
configure() {
  local preset=$1 folder=$2 wanted
  wanted=$(cat CMakePresets.json packages.txt)
  [[ ! -e $folder/build.ninja || ! -e $folder/.configured-from ||
    $(<"$folder/.configured-from") != "$wanted" ]] || return 0
  say "configuring build/$preset"
  cmake --fresh --preset "$preset" || die "CMake could not configure $preset; its messages are above"
  printf '%s\n' "$wanted" >"$folder/.configured-from"
}

# What follows runs where `set -e` does not reach (after ||), so each returns its status itself.

# run_and_rerun RUNNER ARG...: a test that fails is run once more, alone; what passes then is named in a
# line `flaky: NAME`.
run_and_rerun() { node "$repo/tools/tests/run.mjs" "$@"; }

test_unit() {
  local preset=$1
  shift
  say "unit tests ($preset)"
  (cd "$repo" && run_and_rerun ctest --preset "$preset" --parallel "$(nproc)" "$@") || {
    say "unit tests ($preset) failed"
    return 1
  }
}

# test_e2e [FILE...]: node's own test runner over tests/e2e, two files at a time. They start the
# executables they test, whose folder is in BRINK_BUILD.
test_e2e() {
  local files=("$@")
  if (($# == 0)); then
    shopt -s nullglob globstar
    files=("$repo"/tests/e2e/**/*.test.mjs)
    ((${#files[@]} > 0)) || {
      say "there are no end-to-end tests: tests/e2e holds no *.test.mjs"
      return 1
    }
  fi
  # The report of the benchmarks is looked at in a browser.
  install_js_packages bench/report
  say "end-to-end tests"
  BRINK_BUILD=$repo/build/release run_and_rerun node --test-concurrency=2 "${files[@]}" || {
    say "end-to-end tests failed"
    return 1
  }
}

# test_e2e_asan [FILE...]: the same with a sanitized front; the worker is the release's. What a sanitizer
# finds fails the run, whether a test noticed or not, and whether it shows itself again or not.
test_e2e_asan() {
  local folder=$repo/build/asan/reports options status=0 report
  rm -rf "$folder"
  mkdir -p "$folder"
  options=log_path=$folder/report:detect_stack_use_after_return=1:strict_string_checks=1
  BRINK_BIN=$repo/build/asan/cli/brink BRINK_WORKER=$repo/build/release/cli/brink-worker \
    ASAN_OPTIONS=abort_on_error=1:$options UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:$options \
    BRINK_SANITIZER_REPORTS=$folder/report test_e2e "$@" || status=1
  for report in "$folder"/report.*; do
    [[ -e $report ]] || continue
    say "a sanitizer found a fault: $report"
    head -c 6000 "$report"
    status=1
  done
  return "$status"
}

# test_hostile [PATTERN]: the hostile scripts, and the apps that attack while they load; with PATTERN
# only scripts whose name matches. One after the other: each measures what it does to the machine.
test_hostile() {
  local files=("$repo"/tests/hostile/*.test.mjs)
  (($# == 0)) || files=("$repo/tests/hostile/hostile.test.mjs")
  say "hostile scripts"
  BRINK_BUILD=$repo/build/release BRINK_HOSTILE_ONLY=${1:-} run_and_rerun node \
    --subtests-by BRINK_HOSTILE_ONLY --test-concurrency=1 "${files[@]}" || {
    say "hostile scripts were not contained"
    return 1
  }
}

# test_instructions [NAME...]: what the front's hot path takes, against the committed baseline.
test_instructions() {
  say "instructions of the hot path"
  node "$repo/bench/instructions.mjs" "$@" || {
    say "the hot path takes more instructions than before"
    return 1
  }
}

test_soak() {
  BRINK_BUILD=$repo/build/release node "$repo/tests/soak/soak.mjs" "$@" || {
    say "the soak failed"
    return 1
  }
}

# test_dist: what `./dev dist` makes, in a root that holds nothing else.
test_dist() {
  run_and_rerun node "$repo"/tests/dist/*.test.mjs || {
    say "dist does not stand on its own"
    return 1
  }
}

run_tests() {
  local kind=${1:-all} failed=0
  case $kind in
    dist) make_dist >&2 ;;
    all | unit) build release >&2 ;;
    e2e)
      build release "${programs[@]}" >&2
      [[ ${2:-} != --asan ]] || build asan brink brink-bench >&2
      ;;
    hostile | soak) [[ -n ${BRINK_BIN:-} ]] || build release "${programs[@]}" >&2 ;;
    instructions) build release front_count >&2 ;;
    asan) if [[ ${2:-} == --all ]]; then build asan >&2; else build asan core_tests >&2; fi ;;
    *) usage_error "test takes unit, e2e, asan, dist, hostile, soak or instructions; '$kind' is none of them" ;;
  esac
  case $kind in
    all)
      test_unit release || failed=1
      test_e2e || failed=1
      ;;
    unit) test_unit release "${@:2}" || failed=1 ;;
    e2e)
      if [[ ${2:-} == --asan ]]; then
        test_e2e_asan "${@:3}" || failed=1
      else
        test_e2e "${@:2}" || failed=1
      fi
      ;;
    dist) test_dist || failed=1 ;;
    hostile) test_hostile "${@:2}" || failed=1 ;;
    soak) test_soak "${@:2}" || failed=1 ;;
    instructions) test_instructions "${@:2}" || failed=1 ;;
    asan)
      if [[ ${2:-} == --all ]]; then
        test_unit asan "${@:3}" || failed=1
      else
        test_unit asan --label-regex '^core$' "${@:2}" || failed=1
      fi
      ;;
  esac
  ((failed == 0)) || die "tests failed"
  say "all tests passed"
}

usage_error() {
  say "$*"
  exit 2
}

# Replaces this process by PROGRAM, which another folder of the project brings.
run_program() {
  local program=$repo/$1
  shift
  [[ -x $program ]] || die "$program is not there, or may not be executed"
  exec "$program" "$@"
}

# dist: makes the folder dist/brink and its tarball from the build that is shipped.
make_dist() {
  local version
  [[ $(uname -m) == x86_64 ]] || die "dist is made on x86-64 only; this is $(uname -m)"
  build_pgo >&2
  version=$(sed -n 's/^project(brink VERSION \([0-9.]*\).*/\1/p' "$repo/CMakeLists.txt")
  node "$repo/tools/dist/dist.mjs" "$repo/build/pgo" "$version" ||
    die "dist could not be made; the reason is above"
}

command=$1
shift
case $command in
  build)
    preset=${1:-release}
    case $preset in
      release | debug | asan) build "$preset" ;;
      pgo) build_pgo ;;
      *) usage_error "build takes release, pgo, debug or asan; '$preset' is none of them" ;;
    esac
    ;;
  test) run_tests "$@" ;;
  # What these print themselves must be all there is on standard output.
  brink)
    build release "${programs[@]}" >&2
    run_program build/release/cli/brink "$@"
    ;;
  run)
    build release brink brink-worker >&2
    run_program sample-app/run "$@"
    ;;
  bench)
    # The list of benchmarks needs no brink, and BRINK_BIN names one that is built.
    (($# == 0)) || [[ -n ${BRINK_BIN:-} ]] || build release >&2
    [[ ${1:-} != peers ]] || install_js_packages bench/report >&2
    run_program bench/run "$@"
    ;;
  dist) make_dist ;;
  fuzz)
    if [[ ${1:-} == order ]]; then
      build asan brink order_worker >&2
      exec node "$repo/tests/fuzz/order/order.mjs" --brink "$repo/build/asan/cli/brink" \
        --worker "$repo/build/asan/tests/fuzz/order_worker" "${@:2}"
    fi
    build fuzz >&2
    exec node "$repo/tools/fuzz.mjs" "$@"
    ;;
  lint) exec "$repo/tools/lint" "$@" ;;
esac
