#!/bin/sh
# Print a Python of the given version (such as 3.8) that runs on this machine, or nothing.
uv=$(dirname "$0")/../../.venvs/boot/bin/uv
for candidate in "python$1" "$("$uv" python find --no-python-downloads "$1" 2>/dev/null)" \
	"$(pyenv root 2>/dev/null)"/versions/"$1".*/bin/python; do
	"$candidate" -c "import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null &&
		command -v "$candidate" && exit
done
exit 0
