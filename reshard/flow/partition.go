package flow

import "slices"

// smallRound is up to how many ops one transaction is faster than several.
const smallRound = 64

// partition shares transactions out among lanes: those that have a key in
// common, directly or by others, go to one lane, in order. Each lane can then
// commit when it likes.
func partition(items []*item, lanes int) [][]*item {
	total := 0
	for _, i := range items {
		total += len(i.ops)
	}
	if total <= smallRound || lanes == 1 {
		return [][]*item{items}
	}
	// parent leads to the set that an item is in.
	parent := make([]int, len(items))
	owner := make(map[uint64]int, 2*total)
	for i := range items {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, it := range items {
		for o := range it.ops {
			for _, key := range it.ops[o].conflicts {
				if first, ok := owner[key]; ok {
					parent[find(i)] = find(first)
				} else {
					owner[key] = i
				}
			}
		}
	}
	sets := map[int][]*item{}
	size := map[int]int{}
	var roots []int
	for i, it := range items {
		root := find(i)
		if sets[root] == nil {
			roots = append(roots, root)
		}
		sets[root] = append(sets[root], it)
		size[root] += len(it.ops)
	}
	return shareOut(sets, size, roots, lanes)
}

// shareOut gives the largest set left to the lane that has least.
func shareOut(sets map[int][]*item, size map[int]int, roots []int, lanes int) [][]*item {
	slices.SortStableFunc(roots, func(a, b int) int { return size[b] - size[a] })
	shares := make([][]*item, lanes)
	loads := make([]int, lanes)
	for _, root := range roots {
		least := 0
		for lane := range loads {
			if loads[lane] < loads[least] {
				least = lane
			}
		}
		shares[least] = append(shares[least], sets[root]...)
		loads[least] += size[root]
	}
	return slices.DeleteFunc(shares, func(s []*item) bool { return len(s) == 0 })
}
