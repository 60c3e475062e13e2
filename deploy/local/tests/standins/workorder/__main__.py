import standin

standin.main("workorder")
