#!/bin/sh
# A probe of one's own in any language, asked with `probe = "command"`: facts as JSON on stdout and exit code 0. What
# went wrong goes to stderr, with another code: then nothing is believed that was written before.
set -eu
folder=${1:?"usage: own_probe.sh FOLDER"}
[ -d "$folder" ] || { echo "$folder is no folder" >&2; exit 2; }
files=$(find "$folder" -type f | wc -l)
kib=$(du -sk "$folder" | cut -f1)
printf '{"files": %d, "kib": %d}\n' "$files" "$kib"
