/*
 * check_launches KERNELS CASES SEEDS: runs the kernels of a shared library (host_kernels.h) as a file of cases says, each case
 * once for each thread order, and compares what they leave in memory with what was expected, bit for bit; NaN is one value. The file
 * is written by LaunchCases.java. Each buffer ends where memory ends, so that an access beyond it is a fault.
 */
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../cuda-double/host_kernels.h"

namespace {

enum buffer_kind { INPUT, FLOATS, BYTES };
enum parameter_kind { VALUE, BUFFER };

struct buffer {
    int kind;
    std::vector<char> before;
    std::vector<char> expected;
};

struct parameter {
    int kind;
    std::vector<char> value;
    int buffer;
    int64_t offset;
};

struct launch {
    std::string kernel;
    unsigned grid[3];
    unsigned block[3];
    std::vector<parameter> parameters;
};

struct test_case {
    std::string name;
    std::vector<buffer> buffers;
    std::vector<launch> launches;
};

[[noreturn]] void stop(const std::string &what) {
    fprintf(stderr, "check_launches: %s\n", what.c_str());
    exit(2);
}

class reader {
public:
    explicit reader(const char *path) : file(fopen(path, "rb")) {
        if (file == nullptr) {
            stop(std::string(path) + ": " + strerror(errno));
        }
    }
    ~reader() { fclose(file); }
    int integer() {
        int32_t value;
        read(&value, sizeof value);
        return value;
    }
    int64_t offset() {
        int64_t value;
        read(&value, sizeof value);
        return value;
    }
    std::vector<char> bytes() {
        std::vector<char> value(static_cast<size_t>(integer()));
        read(value.data(), value.size());
        return value;
    }
    std::string text() {
        std::vector<char> value = bytes();
        return std::string(value.begin(), value.end());
    }

private:
    void read(void *target, size_t size) {
        if (size != 0 && fread(target, size, 1, file) != 1) {
            stop("the file of cases ends too early");
        }
    }
    FILE *file;
};

test_case read_case(reader &in) {
    test_case result;
    result.name = in.text();
    result.buffers.resize(static_cast<size_t>(in.integer()));
    for (buffer &b : result.buffers) {
        b.kind = in.integer();
        b.before = in.bytes();
        if (b.kind != INPUT) {
            b.expected = in.bytes();
        }
    }
    result.launches.resize(static_cast<size_t>(in.integer()));
    for (launch &l : result.launches) {
        l.kernel = in.text();
        for (unsigned &size : l.grid) {
            size = static_cast<unsigned>(in.integer());
        }
        for (unsigned &size : l.block) {
            size = static_cast<unsigned>(in.integer());
        }
        l.parameters.resize(static_cast<size_t>(in.integer()));
        for (parameter &p : l.parameters) {
            p.kind = in.integer();
            if (p.kind == VALUE) {
                p.value = in.bytes();
            } else {
                p.buffer = in.integer();
                p.offset = in.offset();
            }
        }
    }
    return result;
}

/* Memory that ends at a page that cannot be touched, but for what a multiple of 16 leaves. */
class guarded {
public:
    explicit guarded(const std::vector<char> &contents) : size(contents.size()) {
        page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
        mapped = (size + page - 1) / page * page + page;
        memory = static_cast<char *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (memory == MAP_FAILED || mprotect(memory + mapped - page, page, PROT_NONE) != 0) {
            stop(std::string("memory: ") + strerror(errno));
        }
        start = memory + mapped - page - (size + 15) / 16 * 16;
        memset(memory, GUARD, mapped - page);
        memcpy(start, contents.data(), size);
    }
    ~guarded() { munmap(memory, mapped); }
    guarded(const guarded &) = delete;
    char *data() const { return start; }
    bool intact() const {
        for (const char *p = memory; p < memory + mapped - page; p++) {
            if ((p < start || p >= start + size) && *p != GUARD) {
                return false;
            }
        }
        return true;
    }

private:
    static const char GUARD = 0x5a;
    size_t size;
    size_t page;
    size_t mapped;
    char *memory;
    char *start;
};

sigjmp_buf fault;

void on_fault(int signal) { siglongjmp(fault, signal); }

uint32_t float_bits(const char *p) {
    uint32_t bits;
    memcpy(&bits, p, sizeof bits);
    return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits;
}

/* Empty if the kernels left what was expected. */
std::string difference(const buffer &expected, const char *actual) {
    char text[200];
    for (size_t i = 0; i < expected.expected.size(); i += expected.kind == FLOATS ? 4 : 1) {
        if (expected.kind == FLOATS) {
            uint32_t want = float_bits(expected.expected.data() + i);
            uint32_t is = float_bits(actual + i);
            if (want != is) {
                float want_value, is_value;
                memcpy(&want_value, &want, 4);
                memcpy(&is_value, &is, 4);
                snprintf(
                    text, sizeof text, "float %zu is %08x (%.9g), expected %08x (%.9g)", i / 4, is,
                    static_cast<double>(is_value), want, static_cast<double>(want_value));
                return text;
            }
        } else if (expected.expected[i] != actual[i]) {
            snprintf(text, sizeof text, "byte %zu is %02x, expected %02x", i, actual[i] & 0xff, expected.expected[i] & 0xff);
            return text;
        }
    }
    return "";
}

const host_kernel &find(const host_kernel *kernels, int count, const launch &l) {
    for (int i = 0; i < count; i++) {
        if (l.kernel == kernels[i].name) {
            bool same = kernels[i].num_params == static_cast<int>(l.parameters.size());
            for (size_t p = 0; same && p < l.parameters.size(); p++) {
                size_t size = l.parameters[p].kind == VALUE ? l.parameters[p].value.size() : sizeof(void *);
                same = kernels[i].param_sizes[p] == static_cast<int>(size);
            }
            if (!same) {
                stop(l.kernel + ": other parameters than the launch has");
            }
            return kernels[i];
        }
    }
    stop("no kernel " + l.kernel);
}

/* Empty if all is well. */
std::string run(const test_case &c, const host_kernel *kernels, int count, uint64_t seed) {
    std::vector<guarded *> memory;
    for (const buffer &b : c.buffers) {
        memory.push_back(new guarded(b.before));
    }
    for (const launch &l : c.launches) {
        const host_kernel &kernel = find(kernels, count, l);
        std::vector<void *> pointers(l.parameters.size());
        std::vector<void *> parameters(l.parameters.size());
        for (size_t i = 0; i < l.parameters.size(); i++) {
            const parameter &p = l.parameters[i];
            if (p.kind == BUFFER) {
                pointers[i] = memory[static_cast<size_t>(p.buffer)]->data() + p.offset;
            }
            parameters[i] = p.kind == BUFFER ? static_cast<void *>(&pointers[i]) : const_cast<char *>(p.value.data());
        }
        unsigned grid[3], block[3];
        memcpy(grid, l.grid, sizeof grid);
        memcpy(block, l.block, sizeof block);
        int signal = sigsetjmp(fault, 1);
        if (signal != 0) {
            return l.kernel + (signal == SIGTRAP ? ": stopped, see above" : ": touched memory that it was not given");
        }
        kernel.launch(parameters.data(), grid, block, 0, seed);
    }
    std::string wrong;
    for (size_t i = 0; i < memory.size(); i++) {
        if (wrong.empty() && c.buffers[i].kind != INPUT) {
            wrong = difference(c.buffers[i], memory[i]->data());
        }
        if (wrong.empty() && !memory[i]->intact()) {
            wrong = "written before its start or after its end";
        }
        if (!wrong.empty() && wrong.rfind("buffer", 0) != 0) {
            wrong = "buffer " + std::to_string(i) + ": " + wrong;
        }
        delete memory[i];
    }
    return wrong;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 4) {
        stop("usage: check_launches KERNELS CASES SEEDS");
    }
    void *library = dlopen(argv[1], RTLD_NOW);
    if (library == nullptr) {
        stop(dlerror());
    }
    auto all = reinterpret_cast<const host_kernel *(*)(int *)>(dlsym(library, "hetegen_host_kernels"));
    int count = 0;
    const host_kernel *kernels = all(&count);

    static char signal_stack[64 << 10];
    stack_t alternative = {};
    alternative.ss_sp = signal_stack;
    alternative.ss_size = sizeof signal_stack;
    sigaltstack(&alternative, nullptr);
    struct sigaction action = {};
    action.sa_handler = on_fault;
    action.sa_flags = SA_ONSTACK;
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGTRAP}) {
        sigaction(signal, &action, nullptr);
    }

    reader in(argv[2]);
    int cases = in.integer();
    int failures = 0;
    for (int i = 0; i < cases; i++) {
        test_case c = read_case(in);
        for (int seed = 0; seed < atoi(argv[3]); seed++) {
            std::string wrong = run(c, kernels, count, static_cast<uint64_t>(seed));
            if (!wrong.empty()) {
                failures++;
                printf("%s, thread order %d: %s\n", c.name.c_str(), seed, wrong.c_str());
                break;
            }
        }
    }
    printf("%d cases, %d failed\n", cases, failures);
    return failures == 0 ? 0 : 1;
}
