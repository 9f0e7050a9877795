# brink for `docker run`: built with the packages of packages.txt, shipped with only what the
# executables need.
FROM debian:forky AS build
WORKDIR /src
COPY packages.txt ./
RUN apt-get update \
 && sed -n '/^\[build\]/,/^\[run\]/{/^[a-z]/p}' packages.txt \
    | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*
COPY . .
RUN ./dev build release \
 && cmake --install build/release --prefix /opt/brink --strip \
 && node tools/dist/licences.mjs build/release /opt/brink/share/licenses/brink \
 && cp LICENSE /opt/brink/share/licenses/brink/
# The packages that own the shared libraries, so that no list of their names can go stale.
RUN find /opt/brink -type f -perm /111 -exec ldd {} + \
    | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u | xargs readlink -f \
    | xargs dpkg-query -S | sed 's/:.*//' \
    | cat - packages.txt | sed '/^\[build\]/,/^\[run\]/d' | grep '^[a-z]' | sort -u > /runtime-packages

FROM debian:forky-slim
COPY --from=build /runtime-packages /tmp/
RUN apt-get update \
 && xargs apt-get install -y --no-install-recommends < /tmp/runtime-packages \
 && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages \
 && useradd --system --home-dir /var/lib/brink --create-home brink
COPY --from=build /opt/brink /usr/local
USER brink
EXPOSE 8080
ENTRYPOINT ["brink"]
