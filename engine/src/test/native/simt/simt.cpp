/* Runs the blocks of a launch one after the other, the threads of a block as fibers. */
#include "simt.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include <sys/mman.h>

#ifndef __x86_64__
#error "the switch between fibers is written for x86-64"
#endif

/* Saves the callee-saved registers on the stack that is left, and takes them from the stack that is entered. */
extern "C" void simt_switch(void **left, void *entered);
asm(R"(
.text
.globl simt_switch
.hidden simt_switch
.type simt_switch,@function
simt_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
.size simt_switch,.-simt_switch
)");

namespace simt {

thread_local const indexes *current;

namespace {

enum class state { READY, AT_BARRIER, AT_EXCHANGE, DONE };

const size_t STACK_BYTES = 64 << 10;
const unsigned WARP = 32;

struct fiber {
    indexes at;
    void *stack_pointer;
    state is;
    const void *place;
    const void *value;
    void *values;
    size_t bytes;
};

struct shared_memory {
    const void *declaration;
    std::vector<char> bytes;
};

/* Everything that a launch needs; made anew by each one, since the last may have been left in the middle. */
struct block_run {
    std::vector<fiber> fibers;
    std::vector<shared_memory> arrays;
    void *main_stack_pointer = nullptr;
    size_t running = 0;
    void (*run)(void **) = nullptr;
    void **parameters = nullptr;
};
thread_local block_run *block;

/* Kept, because a launch that was left in the middle cannot free them. */
struct stacks {
    char *memory = nullptr;
    size_t threads = 0;

    char *top(size_t thread) const { return memory + (thread + 1) * STACK_BYTES; }
    void reserve(size_t wanted) {
        if (wanted <= threads) {
            return;
        }
        if (memory != nullptr) {
            munmap(memory, threads * STACK_BYTES);
        }
        void *mapped = mmap(
            nullptr, wanted * STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED) {
            perror("simt: stacks");
            abort();
        }
        memory = static_cast<char *>(mapped);
        threads = wanted;
    }
};
thread_local stacks all_stacks;

void fail(const char *what) {
    fprintf(stderr, "simt: %s\n", what);
    raise(SIGTRAP);
    abort();
}

fiber &running() { return block->fibers[block->running]; }

void leave() { simt_switch(&running().stack_pointer, block->main_stack_pointer); }

void enter(size_t thread) {
    block->running = thread;
    current = &block->fibers[thread].at;
    simt_switch(&block->main_stack_pointer, block->fibers[thread].stack_pointer);
}

void thread_main() {
    block->run(block->parameters);
    running().is = state::DONE;
    leave();
    abort();
}

void start_fiber(size_t thread) {
    block->fibers[thread].is = state::READY;
    void **stack = reinterpret_cast<void **>(all_stacks.top(thread));
    *--stack = nullptr; /* keeps the stack aligned as after a call */
    *--stack = reinterpret_cast<void *>(&thread_main);
    for (int i = 0; i < 6; i++) {
        *--stack = nullptr;
    }
    block->fibers[thread].stack_pointer = stack;
}

/* Completes an exchange when all threads of the warp have come to it. */
bool exchanged(size_t first) {
    fiber *warp = &block->fibers[first];
    size_t threads = std::min<size_t>(WARP, block->fibers.size() - first);
    size_t come = 0;
    for (size_t i = 0; i < threads; i++) {
        come += warp[i].is == state::AT_EXCHANGE;
    }
    if (come == 0) {
        return false;
    }
    for (size_t i = 0; i < threads; i++) {
        if (warp[i].is == state::READY) {
            return false;
        }
        if (warp[i].is != state::AT_EXCHANGE || warp[i].place != warp[0].place) {
            fail("the threads of a warp exchange values at different places, or some do not take part");
        }
    }
    if (threads < WARP) {
        fail("an exchange in a warp of fewer than 32 threads");
    }
    for (size_t i = 0; i < threads; i++) {
        for (size_t j = 0; j < threads; j++) {
            memcpy(static_cast<char *>(warp[i].values) + j * warp[i].bytes, warp[j].value, warp[j].bytes);
        }
    }
    for (size_t i = 0; i < threads; i++) {
        warp[i].is = state::READY;
    }
    return true;
}

/* Opens the barrier when all threads have come to it. */
bool passed_barrier() {
    const void *place = nullptr;
    size_t come = 0;
    size_t ended = 0;
    for (const fiber &f : block->fibers) {
        if (f.is == state::DONE) {
            ended++;
        } else if (f.is == state::AT_BARRIER) {
            if (come++ > 0 && f.place != place) {
                fail("the threads of a block wait at different barriers");
            }
            place = f.place;
        }
    }
    if (come == 0 || come + ended < block->fibers.size()) {
        return false;
    }
    if (ended > 0) {
        fail("a thread has ended while others wait at a barrier");
    }
    for (fiber &f : block->fibers) {
        f.is = state::READY;
    }
    return true;
}

void run_block(std::mt19937_64 *order) {
    size_t threads = block->fibers.size();
    for (shared_memory &array : block->arrays) {
        std::fill(array.bytes.begin(), array.bytes.end(), static_cast<char>(0xff));
    }
    for (size_t i = 0; i < threads; i++) {
        start_fiber(i);
    }
    std::vector<size_t> warps((threads + WARP - 1) / WARP);
    for (size_t i = 0; i < warps.size(); i++) {
        warps[i] = i * WARP;
    }
    for (;;) {
        if (order != nullptr) {
            std::shuffle(warps.begin(), warps.end(), *order);
        }
        bool moved = false;
        for (size_t first : warps) {
            size_t count = std::min<size_t>(WARP, threads - first);
            size_t rotation = order != nullptr ? (*order)() % count : 0;
            for (size_t i = 0; i < count; i++) {
                size_t thread = first + (i + rotation) % count;
                if (block->fibers[thread].is == state::READY) {
                    enter(thread);
                    moved = true;
                }
            }
            moved = exchanged(first) || moved;
        }
        bool done = true;
        for (const fiber &f : block->fibers) {
            done = done && f.is == state::DONE;
        }
        if (done) {
            return;
        }
        if (!passed_barrier() && !moved) {
            fail("threads of a block wait for each other at different places");
        }
    }
}

std::vector<host_kernel> &kernels() {
    static std::vector<host_kernel> all;
    return all;
}

}  // namespace

unsigned lane() { return static_cast<unsigned>(block->running % WARP); }

void *shared_array(const void *declaration, size_t bytes) {
    for (shared_memory &array : block->arrays) {
        if (array.declaration == declaration) {
            return array.bytes.data();
        }
    }
    block->arrays.push_back({declaration, std::vector<char>(bytes, static_cast<char>(0xff))});
    return block->arrays.back().bytes.data();
}

void barrier(const void *place) {
    running().is = state::AT_BARRIER;
    running().place = place;
    leave();
}

void exchange(const void *value, void *values, size_t bytes, const void *place) {
    fiber &f = running();
    f.is = state::AT_EXCHANGE;
    f.place = place;
    f.value = value;
    f.values = values;
    f.bytes = bytes;
    leave();
}

void register_kernel(const host_kernel &kernel) { kernels().push_back(kernel); }

void launch(void (*run)(void **), void **parameters, const unsigned *grid, const unsigned *block_size, uint64_t seed) {
    dim3 blocks = {grid[0], grid[1], grid[2]};
    dim3 size = {block_size[0], block_size[1], block_size[2]};
    size_t threads = static_cast<size_t>(size.x) * size.y * size.z;
    std::mt19937_64 order(seed);
    std::vector<size_t> block_order(static_cast<size_t>(blocks.x) * blocks.y * blocks.z);
    for (size_t i = 0; i < block_order.size(); i++) {
        block_order[i] = i;
    }
    if (seed != 0) {
        std::shuffle(block_order.begin(), block_order.end(), order);
    }
    block_run state;
    state.fibers.resize(threads);
    state.run = run;
    state.parameters = parameters;
    all_stacks.reserve(threads);
    block = &state;
    for (size_t number : block_order) {
        dim3 at = {
            static_cast<unsigned>(number % blocks.x), static_cast<unsigned>(number / blocks.x % blocks.y),
            static_cast<unsigned>(number / blocks.x / blocks.y)};
        for (size_t i = 0; i < threads; i++) {
            dim3 thread = {
                static_cast<unsigned>(i % size.x), static_cast<unsigned>(i / size.x % size.y),
                static_cast<unsigned>(i / size.x / size.y)};
            state.fibers[i].at = {thread, at, size, blocks};
        }
        run_block(seed != 0 ? &order : nullptr);
    }
    block = nullptr;
}

}  // namespace simt

extern "C" __attribute__((visibility("default"))) const host_kernel *hetegen_host_kernels(int *count) {
    *count = static_cast<int>(simt::kernels().size());
    return simt::kernels().data();
}
