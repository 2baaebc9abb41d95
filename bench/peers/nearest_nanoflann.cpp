// SPDX-License-Identifier: BSD-3-Clause
/* Nearest of each type by nanoflann: one k-d tree a type, built and asked in the timed
 * part. The cells are sorted along a Z-curve beforehand, off the clock, which makes it
 * three times faster than on cells in random order: the stronger peer.
 *
 *     bench_nanoflann FILE.bin CORES
 *
 * With several cores each takes a share of the types' trees, then of the cells. Prints
 * `ready`, then one line `nearest cells cores seconds check` for each line on standard
 * input; check is the sum of all distances. */
#include <nanoflann.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace
{

struct Cells {
    std::vector<double> x, y;
    std::vector<uint16_t> type;
    size_t n_types = 0;
};

/* The cells of one type, as nanoflann wants to see them. */
struct Cloud {
    std::vector<double> xy;
    std::vector<size_t> cell;
    size_t kdtree_get_point_count() const
    {
        return cell.size();
    }
    double kdtree_get_pt(size_t i, size_t axis) const
    {
        return xy[2 * i + axis];
    }
    template <class Box> bool kdtree_get_bbox(Box &) const
    {
        return false;
    }
};

using Tree =
    nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<double, Cloud>,
                                        Cloud, 2, size_t>;

template <class T> void read_all(std::ifstream &f, std::vector<T> &to, size_t n)
{
    to.resize(n);
    f.read(reinterpret_cast<char *>(to.data()),
           static_cast<std::streamsize>(n * sizeof(T)));
}

Cells read_points(const char *path)
{
    std::ifstream f(path, std::ios::binary);
    Cells c;
    std::vector<uint64_t> head;
    read_all(f, head, 2);
    read_all(f, c.x, head[0]);
    read_all(f, c.y, head[0]);
    read_all(f, c.type, head[0]);
    c.n_types = head[1];
    return f ? c : Cells{};
}

uint64_t spread(uint64_t v) /* a bit into every second place */
{
    v = (v | v << 16) & 0x0000ffff0000ffffu;
    v = (v | v << 8) & 0x00ff00ff00ff00ffu;
    v = (v | v << 4) & 0x0f0f0f0f0f0f0f0fu;
    v = (v | v << 2) & 0x3333333333333333u;
    return (v | v << 1) & 0x5555555555555555u;
}

Cells sorted_along_z_curve(const Cells &in)
{
    const size_t n = in.x.size();
    std::vector<uint64_t> key(n), order(n);
    for (size_t i = 0; i < n; i++)
        key[i] = spread(static_cast<uint64_t>(in.x[i])) |
                 spread(static_cast<uint64_t>(in.y[i])) << 1;
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](uint64_t a, uint64_t b) { return key[a] < key[b]; });
    Cells out;
    out.n_types = in.n_types;
    for (uint64_t i : order) {
        out.x.push_back(in.x[i]);
        out.y.push_back(in.y[i]);
        out.type.push_back(in.type[i]);
    }
    return out;
}

void on_cores(size_t cores, const std::function<void(size_t)> &share)
{
    std::vector<std::thread> others;
    for (size_t c = 1; c < cores; c++)
        others.emplace_back(share, c);
    share(0);
    for (auto &other : others)
        other.join();
}

struct Index {
    Cloud cloud;
    std::unique_ptr<Tree> tree;
};

void build(const Cells &cells, size_t type, Index &index)
{
    for (size_t i = 0; i < cells.x.size(); i++)
        if (cells.type[i] == type) {
            index.cloud.xy.push_back(cells.x[i]);
            index.cloud.xy.push_back(cells.y[i]);
            index.cloud.cell.push_back(i);
        }
    index.tree = std::make_unique<Tree>(2, index.cloud); /* builds it, too */
}

/* From cell i to the nearest other one of a type. In its own type's tree the first two
 * found are the cell itself, or one in the same place, and the nearest other one. */
double ask(const Index &index, const Cells &cells, size_t i, bool own)
{
    const double at[2] = {cells.x[i], cells.y[i]};
    const size_t wanted = own ? 2 : 1;
    size_t found[2];
    double d2[2];
    const size_t n = index.tree->knnSearch(at, wanted, found, d2);
    return n < wanted ? std::nan("") : std::sqrt(d2[wanted - 1]);
}

std::vector<double> nearest(const Cells &cells, size_t cores)
{
    const size_t n = cells.x.size();
    std::vector<Index> index(cells.n_types);
    std::vector<double> distance(n * cells.n_types);
    on_cores(cores, [&](size_t core) {
        for (size_t t = core; t < cells.n_types; t += cores)
            build(cells, t, index[t]);
    });
    on_cores(cores, [&](size_t core) {
        for (size_t t = 0; t < cells.n_types; t++)
            for (size_t i = n * core / cores; i < n * (core + 1) / cores; i++)
                distance[t * n + i] = ask(index[t], cells, i, cells.type[i] == t);
    });
    return distance;
}

} // namespace

int main(int argc, char **argv)
{
    using Clock = std::chrono::steady_clock;
    char line[64];
    if (argc != 3)
        return 64;
    const Cells cells = sorted_along_z_curve(read_points(argv[1]));
    const size_t cores = std::strtoul(argv[2], nullptr, 10);
    std::puts("ready");
    std::fflush(stdout);
    while (std::fgets(line, sizeof line, stdin)) {
        const auto begin = Clock::now();
        const std::vector<double> distance = nearest(cells, cores);
        const std::chrono::duration<double> wall = Clock::now() - begin;
        const double sum = std::accumulate(distance.begin(), distance.end(), 0.0);
        std::printf("nearest %zu %zu %.9f %.17g\n", cells.x.size(), cores, wall.count(),
                    sum);
        std::fflush(stdout);
    }
    return 0;
}
