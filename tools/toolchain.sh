# Makes the toolchain: sourced by ../dev when the one it found is missing or incomplete.
# Uses dev's variables repo, cache, suite, packages and toolchain; sets root.
# shellcheck shell=bash disable=SC2154

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'dev: %s\n' "$*" >&2; }

# ---- a system that is Debian 14 already ----

prepare_system() {
  local missing=()
  command -v dpkg-query >/dev/null || die "BRINK_TOOLCHAIN=system needs a Debian system"
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} > 0)); then
    if [[ -e /etc/brink/packages ]]; then
      die "this toolchain root was made from another packages.txt; leave it and run ./dev again" \
        "(missing: ${missing[*]})"
    fi
    if ((EUID != 0)); then
      die "packages are missing; run: sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "installing ${#missing[@]} packages: ${missing[*]}"
    install_packages "${missing[@]}" ||
      die "apt-get could not install them; its own message is above"
  fi
  mkdir -p "$cache"
  printf '%s\n' "$toolchain" >"$cache/system-packages"
}

missing_packages() {
  local package state installed=' '
  while read -r state package; do
    [[ $state != installed ]] || installed+="$package "
  done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null)
  for package in "${packages[@]}"; do
    [[ $installed == *" $package "* ]] || printf '%s\n' "$package"
  done
}

install_packages() {
  apt-get update >&2 || say "apt-get update failed; trying with the package index that is there"
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2
}

# ---- a toolchain root on any other system ----

prepare_root() {
  local name lock_fd
  mkdir -p "$cache" || die "cannot make the folder $cache; set XDG_CACHE_HOME to one that can be"
  name=$(printf '%s\n' "$toolchain" | sha256sum)
  root=$cache/root-${name:0:12}
  # Clones share a root, so two may want to make it at once: the second waits, then finds it.
  exec {lock_fd}>"$root.lock"
  if ! flock --nonblock "$lock_fd"; then
    say "another ./dev is making the toolchain root; waiting for it"
    flock "$lock_fd"
  fi
  find_root || make_root
  same_content "$repo/tools/enter.c" "$root/etc/brink/enter.c" || compile_enter
  exec {lock_fd}>&-
}

make_root() {
  local mirror log=$root.log started=$SECONDS
  need_tools
  mirror=$(find_mirror) || die "found no Debian archive among this system's apt sources;" \
    "name one: BRINK_DEBIAN_MIRROR=URI ./dev ..."
  say "making a Debian 14 toolchain root, once: $root"
  say "from $mirror (about 500 MB to fetch, three to six minutes)"

  trap 'remove_unfinished; die "stopped; the unfinished toolchain root is removed"' INT TERM HUP
  remove_unfinished
  mkdir "$root.new"
  if ! watched_bootstrap "$mirror" "$log"; then
    remove_unfinished
    explain_failure "$log" "$mirror"
  fi
  warn_when_expired "$log"

  mkdir -p "$root.new/etc/brink"
  printf '%s\n' "$toolchain" >"$root.new/etc/brink/packages"
  mv -T "$root.new" "$root" || die "cannot move the finished root to $root"
  trap - INT TERM HUP
  say "the toolchain root is ready after $((SECONDS - started)) s"
  mention_other_roots
}

remove_unfinished() {
  if [[ -n ${bootstrap_pid:-} ]]; then
    # As a user mmdebstrap needs the chance to remove its own files; unshare heeds only KILL.
    if ((EUID == 0)); then kill -KILL "$bootstrap_pid"; else kill -TERM "$bootstrap_pid"; fi
    { wait "$bootstrap_pid" || true; } 2>/dev/null
    bootstrap_pid=''
  fi
  [[ -e $root.new || -e $root.new.tar ]] || return 0
  # What was still writing may need a moment to end.
  rm -rf --one-file-system "$root.new" "$root.new.tar" 2>/dev/null ||
    { sleep 1 && rm -rf --one-file-system "$root.new" "$root.new.tar"; }
}

# In the background, so that a signal to dev is handled at once and not after minutes.
watched_bootstrap() {
  local mirror=$1 log=$2 progress_fd progress_pid status=0
  exec {progress_fd}> >(show_progress "$log")
  progress_pid=$!
  bootstrap "$mirror" "$root.new" >&"$progress_fd" 2>&1 </dev/null &
  bootstrap_pid=$!
  exec {progress_fd}>&-
  wait "$bootstrap_pid" || status=$?
  bootstrap_pid=''
  wait "$progress_pid" || true
  return "$status"
}

# mmdebstrap and what it needs, from the host's own packages.
need_tools() {
  local wanted=()
  command -v mmdebstrap >/dev/null || wanted+=(mmdebstrap)
  [[ -r $keyring ]] || wanted+=(debian-archive-keyring)
  ((EUID == 0)) || command -v newuidmap >/dev/null || wanted+=(uidmap)
  ((${#wanted[@]} > 0)) || return 0
  command -v apt-get >/dev/null ||
    die "install ${wanted[*]} with this system's package manager, then run ./dev again"
  ((EUID == 0)) ||
    die "packages are missing; run: sudo apt-get install --no-install-recommends ${wanted[*]}"
  say "installing ${wanted[*]} to make the toolchain root with"
  install_packages "${wanted[@]}" ||
    die "apt-get could not install ${wanted[*]}; its own message is above"
}

# Writes the new root to the folder TARGET. As root this happens in mount and process namespaces, so
# that nothing stays mounted or running when it is cut short; as a user through a tar file, so that
# the files belong to the user.
bootstrap() {
  local mirror=$1 target=$2 list line options at_the_end
  # $1 is the root. Mount points must be plain files: a link would point out of the root.
  # shellcheck disable=SC2016
  at_the_end='grep -h "^Valid-Until:" "$1"/var/lib/apt/lists/*Release >&2
    cd "$1/etc" && rm -f resolv.conf hosts && touch resolv.conf hosts'
  printf -v list '%s,' "${packages[@]}"
  options=(
    --verbose --variant=apt "--include=${list%,}" "--keyring=$keyring"
    --aptopt='Acquire::Check-Valid-Until "false"'
    --aptopt='Acquire::Languages "none"'
    --aptopt='Acquire::Retries "3"'
    --aptopt='APT::Install-Recommends "false"'
    --aptopt='APT::Sandbox::User "root"'
    --dpkgopt='force-unsafe-io'
    --dpkgopt='path-exclude=/usr/share/doc/*'
    --dpkgopt='path-include=/usr/share/doc/*/copyright'
    --dpkgopt='path-exclude=/usr/share/man/*'
    --dpkgopt='path-exclude=/usr/share/info/*'
    --dpkgopt='path-exclude=/usr/share/locale/*'
    --dpkgopt='path-exclude=/usr/share/lintian/*'
    --customize-hook="$at_the_end"
  )
  # A proxy that the host's apt goes through.
  while read -r line; do
    options+=("--aptopt=$line")
  done < <(apt-config dump 2>/dev/null | grep -iE '^Acquire::(http|https)::Proxy "[^"]+";$')
  if ((EUID == 0)); then
    exec setpriv --pdeathsig KILL unshare --mount --pid --fork --mount-proc --kill-child -- \
      mmdebstrap "${options[@]}" --mode=root "$suite" "$target" "$mirror"
  fi
  setpriv --pdeathsig TERM \
    mmdebstrap "${options[@]}" --mode=unshare "$suite" "$target.tar" "$mirror"
  tar --extract --file="$target.tar" --directory="$target" --exclude='./dev/*' --no-same-owner
  rm "$target.tar"
}

# Copies apt's messages to the log, and shows how far it is: on a terminal as one line that changes,
# else as a line now and then.
show_progress() {
  local log=$1 line phase='reading the package index' total=0 steps=0 percent shown='' text next=0
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in
      'I: downloading packages'*) phase='fetching the base system' ;;
      'I: extracting archives'*) phase='unpacking the base system' ;;
      'I: installing essential'*) phase='setting up the base system' ;;
      'I: installing remaining'*)
        phase='installing the toolchain'
        total=0
        ;;
      'I: cleaning'*) phase='cleaning up' ;;
      *' newly installed, '*)
        total=${line%% newly installed*}
        total=${total##* }
        steps=0
        ;;
      Get:* | Unpacking\ * | 'Setting up '*) ((++steps)) ;;
    esac
    text=$phase
    if [[ $phase == installing* ]] && ((total > 0)); then
      # Each package is fetched, unpacked and set up.
      percent=$((steps * 100 / (total * 3)))
      text="$phase: $((percent > 100 ? 100 : percent))%"
      [[ -t 2 ]] || ((percent >= next)) || continue
      next=$((percent + 10))
    fi
    [[ $text != "$shown" ]] || continue
    shown=$text
    if [[ -t 2 ]]; then
      printf '\r\033[Kdev: %s (%d s)' "$text" "$SECONDS" >&2
    else
      say "$text"
    fi
  done >"$log"
  [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

explain_failure() {
  local log=$1 mirror=$2 line
  # apt names each file it could not fetch and why; any other fault is its first error.
  line=$(grep -m1 '^E: Failed to fetch' "$log" || grep -m1 '^E: ' "$log" || tail -n 1 "$log")
  say "could not make the toolchain root from $mirror"
  say "${line#E: }"
  say "check that the mirror can be reached from here, or name another: BRINK_DEBIAN_MIRROR=URI"
  die "everything that was printed is in $log"
}

warn_when_expired() {
  local line until now
  line=$(grep -m1 '^Valid-Until:' "$1") || return 0
  until=$(date -d "${line#Valid-Until: }" +%s) || return 0
  printf -v now '%(%s)T' -1
  ((until >= now)) ||
    say "warning: the mirror's index was valid until ${line#Valid-Until: }: its packages may lack updates"
}

mention_other_roots() {
  local other
  for other in "$cache"/root-*/; do
    other=${other%/}
    [[ $other == "$root" || $other == *.new ]] ||
      say "$other is from another package list; when no clone needs it: rm -r $other"
  done
}

compile_enter() {
  local folder=$root/etc/brink into=(chroot) PATH=$PATH:/usr/sbin:/sbin
  ((EUID == 0)) || into=(unshare --map-root-user chroot)
  "${into[@]}" "$root" /usr/bin/env -i PATH=/usr/bin:/bin gcc -std=c17 -O2 -Wall -Wextra -static \
    -x c -o /etc/brink/enter.new - <"$repo/tools/enter.c" ||
    die "the toolchain root's compiler could not build tools/enter.c"
  mv "$folder/enter.new" "$folder/enter"
  cp "$repo/tools/enter.c" "$folder/enter.c"
}

# ---- where this system gets its Debian packages from ----

# Prints the mirror: the host's own, so that no mirror is named here.
find_mirror() {
  local best
  if [[ -n ${BRINK_DEBIAN_MIRROR:-} ]]; then
    printf '%s\n' "$BRINK_DEBIAN_MIRROR"
    return
  fi
  best=$(apt_sources | rank_sources | sort -rns | head -n 1)
  [[ -n $best ]] || return 1
  printf '%s\n' "${best#* }"
}

# Prints "URI SUITE COMPONENTS..." for every enabled binary source, of both formats.
apt_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    # deb [options] URI SUITE COMPONENT...
    [[ ! -r $file ]] || sed -nE 's/#.*//; s/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]+)?//p' "$file"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ ! -r $file ]] || awk '
      function flush(  n, m, u, s, i, j) {
        if (types ~ /(^| )deb( |$)/ && enabled !~ /^no/) {
          n = split(uris, u, " "); m = split(suites, s, " ")
          for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print u[i], s[j], components
        }
        types = uris = suites = components = enabled = field = ""
      }
      /^[ \t]*$/ { flush(); next }
      /^#/ { next }
      /^[A-Za-z-]+:/ {
        field = tolower($0); sub(/:.*/, "", field)
        sub(/^[^:]*:[ \t]*/, "")
      }
      field == "types" { types = types " " $0 }
      field == "uris" { uris = uris " " $0 }
      field == "suites" { suites = suites " " $0 }
      field == "components" { components = components " " $0 }
      field == "enabled" { enabled = $0 }
      END { flush() }' "$file"
  done
}

# Prints "SCORE URI" for the sources that can be the Debian archive; third parties use its suite
# names too, but rarely its path.
rank_sources() {
  local uri source_suite components score first
  while read -r uri source_suite components; do
    [[ " $components " == *' main '* ]] || continue
    case $source_suite in
      *-security | */updates | *-backports* | *-debug) continue ;;
      bullseye* | bookworm* | trixie* | forky* | duke* | sid) score=2 ;;
      oldstable | stable | testing | unstable) score=1 ;;
      *) continue ;;
    esac
    if [[ $uri == mirror+file:* ]]; then
      read -r first _ <"${uri#mirror+file:}" || continue
      uri=$first
    fi
    [[ $uri != *security* && $uri =~ ^(https?|ftp|file|copy): ]] || continue
    uri=${uri%/}
    [[ $uri != */debian ]] || ((score += 4))
    printf '%d %s\n' "$score" "$uri"
  done
}
