#!/bin/sh
# Make the virtual environment hold what a requirements file names, and the `carbonlearn` command beside it.
# Usage: tools/set_up.sh REQUIREMENTS STAMP. The stamp is touched last, so an interrupted set-up is taken up again.
set -eu
requirements=$1
stamp=$2
venv=.venv
fail() { echo "carbonlearn: $*" >&2; exit 1; }

suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if suits "$name"; then command -v "$name"; return; fi
  done
  fail "needs Python 3.11 or later; python3 here is $(python3 -V 2>&1 || echo missing)"
}

if ! suits "$venv/bin/python"; then
  python=$(find_python) || exit 1
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python has no venv module; install it (Debian, Ubuntu: apt install python3-venv) and call make again"
  echo "carbonlearn: making the virtual environment with $("$python" -V)"
  "$python" -m venv --clear "$venv" || fail "could not make the virtual environment in $venv"
fi

echo "carbonlearn: installing $requirements"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$requirements" ||
  fail "pip could not install $requirements; its message stands above"

# The program runs from the checkout: one line makes the package importable, one small file is the command.
"$venv/bin/python" - <<'PYTHON'
import pathlib, sysconfig

root = pathlib.Path.cwd()
pathlib.Path(sysconfig.get_path("purelib"), "carbonlearn-checkout.pth").write_text(f"{root}\n", encoding="utf-8")
command = pathlib.Path(sysconfig.get_path("scripts"), "carbonlearn")
# The second line is Python's own way to find the interpreter beside it, in folders with spaces or long names too.
command.write_text(
    '#!/bin/sh\n'
    "'''exec' \"$(dirname \"$0\")/python\" \"$0\" \"$@\"\n"
    "' '''\n"
    "import sys\n"
    "from carbonlearn.cli import main\n"
    "sys.exit(main())\n",
    encoding="utf-8",
)
command.chmod(0o755)
PYTHON
touch "$stamp"
