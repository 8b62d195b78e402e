# Sourced by tests/accuracy.sh and tests/photographs.sh at the top of the checkout: shows the help of the caller, or builds `measure` with
# the decoder that the arguments ask for. Sets `python`, which has the packages, and `measure`, the program.
features=()
for argument; do
    case "$argument" in
        --exact) features=(--features measure/libjpeg) ;;
        -h | --help) sed -n '2,/^set/s/^# \?//p' "tests/$(basename "$0")" && exit ;;
    esac
done
python=$(tests/accuracy/python.sh)
cargo build --quiet --workspace --bin measure "${features[@]}"
measure=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/measure
export PYTHONDONTWRITEBYTECODE=1
