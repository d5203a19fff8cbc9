package lane

// What is done for a claim, as a rule, in these worlds.
func usualConfig() Config {
	return Config{PerChange: 2, MaxAttempts: 3, MaxElapsed: 6 * tick}
}

func scenes() []*scene {
	list := []*scene{
		{name: "one address", wants: []uint8{a}, mishaps: 4, budget: budget(others, 2, losses, 2, conflicts, 1, lies, 1, leaves, 1, lates, 1, hiccups, 1, denials, 1, opinions, 1, replies, 1)},
		{name: "two callers, one address", wants: []uint8{a, a}, mishaps: 3, budget: budget(others, 1, losses, 2, conflicts, 1, lies, 1, leaves, 2, lates, 1, hiccups, 1, denials, 1, asks, 1)},
		{name: "a batch", wants: []uint8{a | b}, mishaps: 3, budget: budget(others, 2, losses, 1, partials, 1, lies, 1, leaves, 1, lates, 1, denials, 1, replies, 1)},
		{name: "a batch and one of it", wants: []uint8{a | b, a}, mishaps: 2, budget: budget(others, 1, losses, 1, partials, 1, leaves, 1, lates, 1, denials, 1)},
		{name: "two detaches", wants: []uint8{detach, detach}, mishaps: 3, budget: budget(others, 2, losses, 1, hiccups, 1, leaves, 1, lates, 1, conflicts, 1)},
		{name: "a stuck detach", wants: []uint8{detach}, mishaps: 4, budget: budget(others, 2, stucks, 2, losses, 1, leaves, 1, denials, 1, polls, 2), config: Config{PerChange: 2, MaxAttempts: 3, MaxElapsed: 6 * tick, StuckAfter: 2 * tick}},
		{name: "an address and a detach", wants: []uint8{a, detach}, mishaps: 2, budget: budget(others, 1, losses, 1, conflicts, 1, leaves, 1, lates, 1)},
		{name: "tasks", wants: []uint8{a, a}, mishaps: 3, budget: budget(others, 1, lates, 2, taskFails, 1, forgotten, 1, losses, 1, hiccups, 1, leaves, 1), config: Config{PerChange: 2, MaxAttempts: 3, MaxElapsed: 6 * tick, Tasks: true}},
		{name: "slow permits", wants: []uint8{a, b}, mishaps: 3, slow: true, budget: budget(others, 2, losses, 1, leaves, 2, conflicts, 1, throttles, 1)},
		{name: "polls", wants: []uint8{a, a}, mishaps: 4, polling: true, budget: budget(others, 1, losses, 1, leaves, 1, lates, 1, polls, 3)},
		{name: "a primary address", wants: []uint8{a | b}, mishaps: 3, primary: true, budget: budget(others, 1, losses, 1, leaves, 1, partials, 1, denials, 1)},
		{name: "three callers", wants: []uint8{a, a, a}, mishaps: 2, budget: budget(others, 1, losses, 1, leaves, 1, lates, 1)},
	}
	for _, s := range list {
		if s.config.PerChange == 0 {
			s.config = usualConfig()
		}
	}
	return list
}

// budget makes a budget of pairs.
func budget(pairs ...int) (list [budgetSize]uint8) {
	for i := 0; i < len(pairs); i += 2 {
		list[pairs[i]] = uint8(pairs[i+1])
	}
	return list
}
