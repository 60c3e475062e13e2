"""The example city (示例城市): people, departments, items; generated, none of it real."""
