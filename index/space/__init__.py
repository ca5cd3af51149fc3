"""Places as row ranges: the curve that orders rows, the areas that are asked about, the planner between."""
