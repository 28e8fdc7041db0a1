#!/bin/sh
# Measures this machine's graphics card: ./run.sh --minutes 6 --out results.json
# Needs a Vulkan driver; the loader (libvulkan.so.1) is taken from loader/ beside this file where the system has none.
set -e
here=$(cd "$(dirname "$0")" && pwd)

# Of the libraries in loader/, those that the system lacks.
if [ -d "$here/loader" ]; then
  known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
  lacking=$(mktemp -d)
  for library in "$here"/loader/*.so*; do
    name=$(basename "$library")
    case "$known" in *"$name "*) ;; *) ln -s "$library" "$lacking/$name" ;; esac
  done
  LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$lacking"
  export LD_LIBRARY_PATH
fi

# Where containers put NVIDIA's driver, when nobody has said where it is.
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]; then
  for file in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json; do
    if [ -f "$file" ] && ! ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json >/dev/null 2>&1; then
      VK_DRIVER_FILES=$file
      export VK_DRIVER_FILES
    fi
  done
fi

exec "$here/node" "$here/main.mjs" "$@"
