#!/usr/bin/env bash
# PyTorch's wheel on PyPI is linked to NVIDIA's libraries, several gigabytes that a processor never calls. Replaces each missing
# one by an empty library, which has only the symbols that the linker needs.
# Usage: stand-ins.sh FOLDER, the folder of PyTorch's own libraries
set -euo pipefail
cd "$1"
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
nm --dynamic --undefined-only libtorch_cuda.so libtorch_cuda_linalg.so libtorch_nvshmem.so libtorch_python.so |
    sed -n 's/^ *[Uw] //p' | sort -u >"$work/wanted"

# stand_in LIBRARY PREFIX VERSION: the library, the prefix of its symbols, and their version, if any.
stand_in() {
    sed -n "s/^\($2[A-Za-z0-9_]*\)\(@.*\)\?\$/char \1;/p" "$work/wanted" | sort -u >"$work/names.c"
    if [ -n "$3" ]; then
        echo "$3 { *; };" >"$work/versions"
        set -- "$1" "$2" -Wl,--version-script,"$work/versions"
    else
        set -- "$1" "$2"
    fi
    cc -shared -nostdlib -fno-builtin -Wl,-soname,"$1" "${@:3}" -o "$1" "$work/names.c"
}
stand_in libcublas.so.13 'cublas[^L]' libcublas.so.13
stand_in libcublasLt.so.13 cublasLt libcublasLt.so.13
stand_in libcudnn.so.9 cudnn libcudnn.so.9
stand_in libcufft.so.12 cufft libcufft.so.12
stand_in libcufile.so.0 cuFile ""
stand_in libcusparse.so.12 'cusparse[^L]' libcusparse.so.12
stand_in libcusparseLt.so.0 cusparseLt ""
stand_in libnccl.so.2 nccl ""
stand_in libnvrtc.so.13 nvrtc libnvrtc.so.13
stand_in libnvshmem_host.so.3 nvshmem NVSHMEM
