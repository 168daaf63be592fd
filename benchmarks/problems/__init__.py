"""The problems: data, node count, hand-written gradient and goals of one workload each."""
