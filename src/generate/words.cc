#include "generate/words.h"

namespace freshet::generate {
namespace {

// clang-format off
constexpr std::string_view k_first_names[] = {
    "Aaron", "Abigail", "Adam", "Adriana", "Aidan", "Alan", "Albert", "Alejandra", "Alexander", "Alexis", "Alice", "Alicia",
    "Allison", "Alyssa", "Amanda", "Amber", "Amy", "Ana", "Andrea", "Andrew", "Angela", "Anita", "Ann", "Anna", "Anthony",
    "Antonio", "April", "Ariel", "Arthur", "Ashley", "Audrey", "Austin", "Barbara", "Beatrice", "Benjamin", "Bernard", "Beth",
    "Bethany", "Beverly", "Blake", "Bonnie", "Bradley", "Brandi", "Brandon", "Brenda", "Brent", "Brett", "Brian", "Brianna",
    "Brittany", "Bruce", "Bryan", "Caitlin", "Caleb", "Calvin", "Cameron", "Candice", "Carl", "Carla", "Carlos", "Carmen",
    "Carol", "Caroline", "Carrie", "Casey", "Cassandra", "Catherine", "Cesar", "Chad", "Charlene", "Charles", "Charlotte",
    "Chelsea", "Cheryl", "Chloe", "Chris", "Christina", "Christopher", "Cindy", "Claire", "Clara", "Clarence", "Claudia",
    "Clayton", "Cody", "Colin", "Colleen", "Connie", "Connor", "Corey", "Courtney", "Craig", "Cristina", "Crystal", "Curtis",
    "Cynthia", "Daisy", "Dale", "Dana", "Daniel", "Danielle", "Darlene", "Darren", "David", "Dawn", "Dean", "Deborah", "Debra",
    "Denise", "Dennis", "Derek", "Desiree", "Destiny", "Diana", "Diane", "Diego", "Dominic", "Donald", "Donna", "Doris",
    "Dorothy", "Douglas", "Duane", "Dustin", "Dylan", "Earl", "Edith", "Eduardo", "Edward", "Edwin", "Eileen", "Elaine",
    "Eleanor", "Elena", "Elijah", "Elizabeth", "Ella", "Ellen", "Emily", "Emma", "Eric", "Erica", "Erik", "Erin", "Ernest",
    "Esther", "Ethan", "Eugene", "Eva", "Evan", "Evelyn", "Felicia", "Felix", "Fernando", "Frances", "Francisco", "Frank",
    "Franklin", "Fred", "Gabriel", "Gabriela", "Gail", "Garrett", "Gary", "Gavin", "Gene", "George", "Gerald", "Gilbert",
    "Gina", "Glenn", "Gloria", "Grace", "Grant", "Gregory", "Guadalupe", "Hailey", "Hannah", "Harold", "Harry", "Hazel",
    "Heather", "Hector", "Heidi", "Helen", "Henry", "Herbert", "Holly", "Howard", "Hugo", "Ian", "Irene", "Iris", "Isaac",
    "Isabel", "Isaiah", "Ivan", "Jack", "Jackie", "Jackson", "Jacob", "Jacqueline", "Jade", "Jaime", "Jake", "James", "Jamie",
    "Jane", "Janet", "Janice", "Jared", "Jasmine", "Jason", "Javier", "Jean", "Jeffery", "Jenna", "Jennifer", "Jeremiah",
    "Jeremy", "Jesse", "Jessica", "Jesus", "Jill", "Jillian", "Jim", "Jo", "Joan", "Joann", "Joanna", "Jodi", "Joe", "Joel",
    "John", "Johnny", "Jon", "Jonathan", "Jordan", "Jorge", "Jose", "Joseph", "Joshua", "Joyce", "Juan", "Judith", "Judy",
    "Julia", "Julian", "Julie", "Justin", "Kara", "Karen", "Karina", "Karl", "Kate", "Katherine", "Kathleen", "Kathryn",
    "Katie", "Kayla", "Keith", "Kelli", "Kelly", "Kelsey", "Kendra", "Kenneth", "Kent", "Kerry", "Kevin", "Kim", "Kimberly",
    "Kirk", "Kristen", "Kristin", "Kristina", "Kristopher", "Krystal", "Kurt", "Kyle", "Lance", "Larry", "Latoya", "Laura",
    "Lauren", "Laurie", "Lawrence", "Leah", "Lee", "Leo", "Leon", "Leslie", "Levi", "Lillian", "Linda", "Lindsay", "Lisa",
    "Logan", "Lonnie", "Loretta", "Lori", "Louis", "Lucas", "Lucia", "Luis", "Luke", "Lydia", "Lynn", "Mackenzie", "Madeline",
    "Madison", "Makayla", "Malik", "Mandy", "Manuel", "Marc", "Marcia", "Marcus", "Margaret", "Maria", "Mariah", "Marie",
    "Marilyn", "Mario", "Marissa", "Mark", "Martha", "Martin", "Marvin", "Mary", "Mason", "Mathew", "Matthew", "Maureen",
    "Maurice", "Max", "Maxwell", "Megan", "Melanie", "Melinda", "Melissa", "Melvin", "Mercedes", "Meredith", "Mia", "Micheal",
    "Michael", "Michele", "Michelle", "Miguel", "Mikayla", "Mike", "Mindy", "Miranda", "Misty", "Mitchell", "Molly", "Monica",
    "Monique", "Morgan", "Nancy", "Naomi", "Natalie", "Natasha", "Nathan", "Nathaniel", "Nicholas", "Nicolas", "Nicole", "Nina",
    "Noah", "Nora", "Norma", "Norman", "Olivia", "Omar", "Oscar", "Paige", "Pamela", "Patricia", "Patrick", "Paul", "Paula",
    "Pedro", "Peggy", "Penny", "Perry", "Peter", "Philip", "Phyllis", "Preston", "Priscilla", "Rachael", "Rachel", "Ralph",
    "Ramon", "Randy", "Raven", "Raymond", "Rebecca", "Regina", "Renee", "Rhonda", "Ricardo", "Richard", "Rick", "Ricky",
    "Riley", "Rita", "Robert", "Roberta", "Roberto", "Robin", "Rodney", "Roger", "Ronald", "Ronnie", "Rosa", "Rose", "Ross",
    "Roy", "Ruben", "Russell", "Ruth", "Ryan", "Sabrina", "Sally", "Samantha", "Samuel", "Sandra", "Sara", "Sarah", "Savannah",
    "Scott", "Sean", "Selena", "Sergio", "Seth", "Shane", "Shannon", "Sharon", "Shaun", "Shawn", "Sheena", "Sheila", "Shelby",
    "Shelley", "Sheri", "Sherry", "Shirley", "Sierra", "Sonia", "Sophia", "Spencer", "Stacey", "Stacy", "Stanley", "Stephanie",
    "Stephen", "Steve", "Steven", "Stuart", "Sue", "Summer", "Susan", "Suzanne", "Sydney", "Sylvia", "Tamara", "Tammy",
    "Tanner", "Tanya", "Tara", "Tasha", "Taylor", "Teresa", "Terrance", "Terri", "Terry", "Theodore", "Theresa", "Thomas",
    "Tiffany", "Tim", "Timothy", "Tina", "Todd", "Tom", "Toni", "Tony", "Tonya", "Tracey", "Tracy", "Travis", "Trevor",
    "Tricia", "Tristan", "Troy", "Tyler", "Valerie", "Vanessa", "Vernon", "Veronica", "Vicki", "Vickie", "Victor", "Victoria",
    "Vincent", "Virginia", "Walter", "Wanda", "Warren", "Wayne", "Wendy", "Wesley", "Whitney", "William", "Willie", "Wyatt",
    "Xavier", "Yesenia", "Yolanda", "Yvonne", "Zachary", "Zoe",
};

constexpr std::string_view k_last_names[] = {
    "Abbott", "Acevedo", "Acosta", "Adams", "Adkins", "Aguilar", "Alexander", "Ali", "Allen", "Allison", "Alvarado", "Alvarez",
    "Anderson", "Andrews", "Anthony", "Archer", "Arellano", "Arias", "Armstrong", "Arnold", "Arroyo", "Ashley", "Atkins",
    "Austin", "Avery", "Avila", "Ayala", "Ayers", "Bailey", "Baker", "Baldwin", "Ball", "Ballard", "Banks", "Barajas", "Barber",
    "Barker", "Barnes", "Barnett", "Barr", "Barrera", "Barrett", "Barry", "Bartlett", "Barton", "Bass", "Bates", "Bauer",
    "Baxter", "Beard", "Beck", "Becker", "Bell", "Beltran", "Bender", "Benjamin", "Bennett", "Benson", "Bentley", "Berg",
    "Berger", "Bernard", "Berry", "Best", "Bird", "Bishop", "Black", "Blackburn", "Blackwell", "Blair", "Blake", "Blanchard",
    "Bolton", "Bond", "Bonilla", "Booker", "Booth", "Bowen", "Bowers", "Bowman", "Boyd", "Boyer", "Boyle", "Bradford",
    "Bradley", "Bradshaw", "Brady", "Branch", "Brandt", "Bray", "Brennan", "Brewer", "Bridges", "Briggs", "Brock", "Brooks",
    "Brown", "Browning", "Bruce", "Bryan", "Bryant", "Buchanan", "Buck", "Buckley", "Bullock", "Burch", "Burgess", "Burke",
    "Burnett", "Burns", "Burton", "Bush", "Butler", "Byrd", "Cabrera", "Cain", "Calderon", "Caldwell", "Calhoun", "Callahan",
    "Camacho", "Cameron", "Campbell", "Campos", "Cannon", "Cantrell", "Cantu", "Cardenas", "Carey", "Carlson", "Carpenter",
    "Carr", "Carrillo", "Carroll", "Carson", "Carter", "Case", "Casey", "Castaneda", "Castillo", "Castro", "Cervantes",
    "Chambers", "Chan", "Chandler", "Chang", "Chapman", "Charles", "Chase", "Chavez", "Chen", "Cherry", "Choi", "Christensen",
    "Christian", "Church", "Cisneros", "Clark", "Clarke", "Clay", "Clayton", "Clements", "Cline", "Cobb", "Cochran", "Coffey",
    "Cohen", "Cole", "Coleman", "Collier", "Collins", "Colon", "Combs", "Compton", "Conley", "Conner", "Conrad", "Contreras",
    "Conway", "Cook", "Cooke", "Cooley", "Cooper", "Copeland", "Cordova", "Cortez", "Costa", "Cowan", "Cox", "Craig", "Crane",
    "Crawford", "Cross", "Cruz", "Cuevas", "Cummings", "Cunningham", "Curry", "Curtis", "Dalton", "Daniel", "Daniels",
    "Daugherty", "Davenport", "David", "Davidson", "Davies", "Davila", "Davis", "Dawson", "Day", "Dean", "Decker", "Delacruz",
    "Deleon", "Delgado", "Dennis", "Diaz", "Dickerson", "Dickson", "Dillon", "Dixon", "Dodson", "Dominguez", "Donaldson",
    "Donovan", "Dorsey", "Dougherty", "Douglas", "Downs", "Doyle", "Drake", "Dudley", "Duffy", "Duke", "Duncan", "Dunlap",
    "Dunn", "Duran", "Durham", "Dyer", "Eaton", "Edwards", "Elliott", "Ellis", "Ellison", "English", "Erickson", "Escobar",
    "Esparza", "Espinoza", "Estes", "Estrada", "Evans", "Everett", "Farley", "Farmer", "Farrell", "Faulkner", "Ferguson",
    "Fernandez", "Ferrell", "Fields", "Figueroa", "Finley", "Fischer", "Fisher", "Fitzgerald", "Fleming", "Fletcher", "Flores",
    "Flowers", "Floyd", "Flynn", "Foley", "Forbes", "Ford", "Foster", "Fowler", "Fox", "Francis", "Franco", "Frank", "Franklin",
    "Frazier", "Frederick", "Freeman", "French", "Frey", "Friedman", "Fritz", "Frost", "Fry", "Frye", "Fuentes", "Fuller",
    "Gaines", "Gallagher", "Galloway", "Galvan", "Gamble", "Garcia", "Gardner", "Garner", "Garrett", "Garrison", "Garza",
    "Gates", "Gay", "Gentry", "George", "Gibbs", "Gibson", "Gilbert", "Giles", "Gill", "Gillespie", "Gilmore", "Glass", "Glenn",
    "Glover", "Golden", "Gomez", "Gonzales", "Good", "Goodman", "Goodwin", "Gordon", "Gould", "Graham", "Grant", "Graves",
    "Gray", "Green", "Greene", "Greer", "Gregory", "Griffin", "Griffith", "Grimes", "Gross", "Guerra", "Guerrero", "Gutierrez",
    "Guzman", "Haas", "Hahn", "Hale", "Haley", "Hall", "Hamilton", "Hammond", "Hampton", "Hancock", "Hanna", "Hansen", "Hanson",
    "Hardin", "Harding", "Hardy", "Harmon", "Harper", "Harrell", "Harrington", "Harris", "Harrison", "Hart", "Hartman",
    "Harvey", "Hatfield", "Hawkins", "Hayden", "Hayes", "Haynes", "Heath", "Hebert", "Henderson", "Hendricks", "Henry",
    "Hensley", "Henson", "Herman", "Hernandez", "Herrera", "Herring", "Hess", "Hester", "Hickman", "Hicks", "Higgins", "Hill",
    "Hines", "Hinton", "Ho", "Hobbs", "Hodge", "Hodges", "Hoffman", "Hogan", "Holden", "Holder", "Holland", "Holloway",
    "Holmes", "Holt", "Hood", "Hoover", "Hopkins", "Horn", "Horne", "Horton", "House", "Houston", "Howard", "Howe", "Howell",
    "Huang", "Hubbard", "Huber", "Hudson", "Huerta", "Huff", "Huffman", "Hughes", "Hull", "Humphrey", "Hunt", "Hunter",
    "Hurley", "Hurst", "Hutchinson", "Huynh", "Ibarra", "Ingram", "Irwin", "Jackson", "Jacobs", "Jacobson", "James", "Jarvis",
    "Jefferson", "Jenkins", "Jennings", "Jensen", "Jimenez", "Johns", "Johnson", "Johnston", "Jones", "Jordan", "Joseph",
    "Joyce", "Juarez", "Kaiser", "Kane", "Kaufman", "Keith", "Keller", "Kelley", "Kelly", "Kemp", "Kennedy", "Kent", "Kerr",
    "Key", "Khan", "Kidd", "Kim", "King", "Kirby", "Kirk", "Klein", "Kline", "Knapp", "Knight", "Knox", "Koch", "Kramer",
    "Krause", "Krueger", "Lamb", "Lambert", "Landry", "Lane", "Lang", "Lara", "Larsen", "Larson", "Lawrence", "Lawson", "Le",
    "Leach", "Leblanc", "Lee", "Leon", "Leonard", "Lester", "Levine", "Levy", "Lewis", "Li", "Lin", "Lindsey", "Little", "Liu",
    "Livingston", "Lloyd", "Logan", "Long", "Lopez", "Love", "Lowe", "Lowery", "Lozano", "Lucas", "Lucero", "Luna", "Lynch",
    "Lynn", "Lyons", "Macdonald", "Macias", "Mack", "Madden", "Maddox", "Mahoney", "Maldonado", "Malone", "Mann", "Manning",
    "Marks", "Marquez", "Marsh", "Marshall", "Martin", "Martinez", "Mason", "Massey", "Mata", "Mathews", "Mathis", "Matthews",
    "Maxwell", "May", "Mayer", "Maynard", "Mayo", "Mays", "Mcbride", "Mccall", "Mccann", "Mccarthy", "Mccarty", "Mcclain",
    "Mcclure", "Mcconnell", "Mccormick", "Mccoy", "Mccullough", "Mcdaniel", "Mcdonald", "Mcdowell", "Mcgee", "Mcgrath",
    "Mcguire", "Mcintosh", "Mcintyre", "Mckay", "Mckee", "Mckenzie", "Mckinney", "Mcknight", "Mclaughlin", "Mclean", "Mcmahon",
    "Mcmillan", "Mcneil", "Mcpherson", "Meadows", "Medina", "Mejia", "Melendez", "Melton", "Mendez", "Mendoza", "Mercado",
    "Mercer", "Merritt", "Meyer", "Meyers", "Meza", "Michael", "Middleton", "Miles", "Miller", "Mills", "Miranda", "Mitchell",
    "Molina", "Monroe", "Montes", "Montgomery", "Montoya", "Moody", "Moon", "Mooney", "Moore", "Mora", "Morales", "Moran",
    "Moreno", "Morgan", "Morris", "Morrison", "Morrow", "Morse", "Morton", "Moses", "Moss", "Moyer", "Mueller", "Mullen",
    "Mullins", "Munoz", "Murillo", "Murphy", "Murray", "Myers", "Nash", "Navarro", "Neal", "Nelson", "Newman", "Newton",
    "Nguyen", "Nichols", "Nicholson", "Nielsen", "Nixon", "Noble", "Nolan", "Norman", "Norris", "Norton", "Novak", "Nunez",
    "Obrien", "Ochoa", "Oconnell", "Oconnor", "Odom", "Odonnell", "Oliver", "Olsen", "Olson", "Oneal", "Oneill", "Orozco",
    "Orr", "Ortega", "Ortiz", "Osborne", "Owen", "Owens", "Pace", "Pacheco", "Padilla", "Page", "Palmer", "Park", "Parker",
    "Parks", "Parrish", "Parsons", "Patel", "Patrick", "Patterson", "Patton", "Paul", "Payne", "Pearson", "Peck", "Pena",
    "Pennington", "Perez", "Perkins", "Perry", "Peters", "Petersen", "Peterson", "Petty", "Pham", "Phelps", "Phillips",
    "Pierce", "Pineda", "Pittman", "Pitts", "Ponce", "Poole", "Pope", "Porter", "Potter", "Potts", "Powell", "Powers", "Pratt",
    "Preston", "Price", "Prince", "Proctor", "Pruitt", "Pugh", "Quinn", "Ramirez", "Ramos", "Ramsey", "Randall", "Randolph",
    "Rangel", "Rasmussen", "Ray", "Raymond", "Reed", "Reese", "Reeves", "Reid", "Reilly", "Reyes", "Reynolds", "Rhodes", "Rice",
    "Rich", "Richard", "Richards", "Richardson", "Richmond", "Riddle", "Riggs", "Riley", "Rios", "Rivas", "Rivera", "Rivers",
    "Roach", "Robbins", "Roberson", "Roberts", "Robertson", "Robinson", "Robles", "Rocha", "Rodgers", "Rodriguez", "Rogers",
    "Rojas", "Roman", "Romero", "Rosales", "Rosario", "Rose", "Ross", "Roth", "Rowe", "Rowland", "Roy", "Rubio", "Ruiz", "Rush",
    "Russell", "Russo", "Ryan", "Salas", "Salazar", "Salinas", "Sampson", "Sanchez", "Sanders", "Sandoval", "Sanford",
    "Santana", "Santiago", "Santos", "Saunders", "Savage", "Sawyer", "Schaefer", "Schmidt", "Schmitt", "Schneider", "Schroeder",
    "Schultz", "Schwartz", "Scott", "Sellers", "Serrano", "Sexton", "Shaffer", "Shannon", "Sharp", "Shaw", "Shea", "Shelton",
    "Shepard", "Shepherd", "Sheppard", "Sherman", "Shields", "Short", "Silva", "Simmons", "Simon", "Simpson", "Sims", "Singh",
    "Singleton", "Skinner", "Sloan", "Small", "Smith", "Snow", "Snyder", "Solis", "Solomon", "Sosa", "Soto", "Sparks", "Spence",
    "Spencer", "Stafford", "Stanley", "Stanton", "Stark", "Steele", "Stein", "Stephens", "Stephenson", "Stevens", "Stevenson",
    "Stewart", "Stokes", "Stone", "Stout", "Strickland", "Strong", "Stuart", "Suarez", "Sullivan", "Summers", "Sutton",
    "Swanson", "Sweeney", "Tanner", "Tapia", "Tate", "Taylor", "Terrell", "Terry", "Thomas", "Thompson", "Thornton", "Todd",
    "Torres", "Townsend", "Tran", "Travis", "Trevino", "Trujillo", "Tucker", "Turner", "Tyler", "Underwood", "Valdez",
    "Valencia", "Valentine", "Valenzuela", "Vance", "Vargas", "Vasquez", "Vaughan", "Vaughn", "Vazquez", "Vega", "Velasquez",
    "Velazquez", "Velez", "Villa", "Villanueva", "Villarreal", "Vincent", "Wade", "Wagner", "Walker", "Wall", "Wallace",
    "Waller", "Walls", "Walsh", "Walter", "Walters", "Walton", "Wang", "Ward", "Ware", "Warner", "Warren", "Washington",
    "Waters", "Watkins", "Watson", "Watts", "Weaver", "Webb", "Weber", "Webster", "Weeks", "Weiss", "Welch", "Wells", "Werner",
    "West", "Wheeler", "Whitaker", "White", "Whitehead", "Whitney", "Wiggins", "Wilcox", "Wiley", "Wilkerson", "Wilkins",
    "Wilkinson", "Williams", "Williamson", "Willis", "Wilson", "Winters", "Wise", "Wolf", "Wolfe", "Wong", "Wood", "Woodard",
    "Woods", "Woodward", "Wright", "Wu", "Wyatt", "Yang", "Yates", "Yoder", "York", "Young", "Yu", "Zamora", "Zavala", "Zhang",
    "Zimmerman", "Zuniga",
};

constexpr std::string_view k_street_suffixes[] = {
    "Alley", "Avenue", "Bayou", "Bend", "Bluff", "Branch", "Bridge", "Brook", "Brooks", "Bypass", "Camp", "Canyon", "Cape",
    "Causeway", "Center", "Circle", "Cliff", "Club", "Common", "Corner", "Course", "Court", "Cove", "Creek", "Crescent",
    "Crest", "Crossing", "Curve", "Dale", "Dam", "Divide", "Drive", "Estate", "Estates", "Expressway", "Extension", "Falls",
    "Ferry", "Field", "Flat", "Flats", "Ford", "Forest", "Forge", "Fork", "Fort", "Freeway", "Garden", "Gardens", "Gateway",
    "Glen", "Green", "Grove", "Harbor", "Haven", "Heights", "Highway", "Hill", "Hills", "Hollow", "Inlet", "Island", "Isle",
    "Junction", "Key", "Knoll", "Lake", "Lakes", "Landing", "Lane", "Light", "Loaf", "Locks", "Lodge", "Loop", "Mall", "Manor",
    "Meadow", "Meadows", "Mews", "Mill", "Mission", "Motorway", "Mount", "Mountain", "Neck", "Orchard", "Oval", "Overpass",
    "Park", "Parkway", "Pass", "Passage", "Path", "Pike", "Pine", "Place", "Plain", "Plaza", "Point", "Port", "Prairie",
    "Radial", "Ramp", "Ranch", "Rapid", "Rest", "Ridge", "River", "Road", "Route", "Row", "Run", "Shoal", "Shore", "Skyway",
    "Spring", "Springs", "Spur", "Square", "Station", "Stravenue", "Stream", "Street", "Summit", "Terrace", "Throughway",
    "Trace", "Track", "Trafficway", "Trail", "Tunnel", "Turnpike", "Underpass", "Union", "Valley", "Via", "Viaduct", "View",
    "Village", "Ville", "Vista", "Walk", "Wall", "Way", "Well", "Wells",
};

constexpr std::string_view k_city_prefixes[] = {
    "East", "Lake", "New", "North", "Port", "South", "West",
};

constexpr std::string_view k_city_suffixes[] = {
    "berg", "borough", "burgh", "bury", "chester", "fort", "furt", "haven", "land", "mouth", "port", "shire", "side", "stad",
    "ton", "town", "view", "ville",
};

constexpr std::string_view k_states[] = {
    "Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado", "Connecticut", "Delaware", "Florida", "Georgia",
    "Hawaii", "Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky", "Louisiana", "Maine", "Maryland", "Massachusetts",
    "Michigan", "Minnesota", "Mississippi", "Missouri", "Montana", "Nebraska", "Nevada", "New Hampshire", "New Jersey",
    "New Mexico", "New York", "North Carolina", "North Dakota", "Ohio", "Oklahoma", "Oregon", "Pennsylvania", "Rhode Island",
    "South Carolina", "South Dakota", "Tennessee", "Texas", "Utah", "Vermont", "Virginia", "Washington", "West Virginia",
    "Wisconsin", "Wyoming",
};

constexpr std::string_view k_countries[] = {
    "Afghanistan", "Albania", "Algeria", "American Samoa", "Andorra", "Angola", "Anguilla", "Antigua and Barbuda", "Argentina",
    "Armenia", "Aruba", "Australia", "Austria", "Azerbaijan", "Bahamas", "Bahrain", "Bangladesh", "Barbados", "Belarus",
    "Belgium", "Belize", "Benin", "Bermuda", "Bhutan", "Bolivia", "Bosnia and Herzegovina", "Botswana", "Brazil",
    "British Virgin Islands", "Brunei", "Bulgaria", "Burkina Faso", "Burundi", "Cambodia", "Cameroon", "Canada", "Cape Verde",
    "Cayman Islands", "Central African Republic", "Chad", "Chile", "China", "Christmas Island", "Cocos (Keeling) Islands",
    "Colombia", "Comoros", "Congo", "Cook Islands", "Costa Rica", "Cote d'Ivoire", "Croatia", "Cuba", "Cyprus",
    "Czech Republic", "Denmark", "Djibouti", "Dominica", "Dominican Republic", "Ecuador", "Egypt", "El Salvador",
    "Equatorial Guinea", "Eritrea", "Estonia", "Eswatini", "Ethiopia", "Falkland Islands", "Faroe Islands", "Fiji", "Finland",
    "France", "French Guiana", "French Polynesia", "Gabon", "Gambia", "Georgia", "Germany", "Ghana", "Gibraltar", "Greece",
    "Greenland", "Grenada", "Guadeloupe", "Guam", "Guatemala", "Guernsey", "Guinea", "Guinea-Bissau", "Guyana", "Haiti",
    "Honduras", "Hong Kong", "Hungary", "Iceland", "India", "Indonesia", "Iran", "Iraq", "Ireland", "Isle of Man", "Israel",
    "Italy", "Jamaica", "Japan", "Jersey", "Jordan", "Kazakhstan", "Kenya", "Kiribati", "Kuwait", "Kyrgyzstan", "Laos",
    "Latvia", "Lebanon", "Lesotho", "Liberia", "Libya", "Liechtenstein", "Lithuania", "Luxembourg", "Macao", "Madagascar",
    "Malawi", "Malaysia", "Maldives", "Mali", "Malta", "Marshall Islands", "Martinique", "Mauritania", "Mauritius", "Mayotte",
    "Mexico", "Micronesia", "Moldova", "Monaco", "Mongolia", "Montenegro", "Montserrat", "Morocco", "Mozambique", "Myanmar",
    "Namibia", "Nauru", "Nepal", "Netherlands", "New Caledonia", "New Zealand", "Nicaragua", "Niger", "Nigeria", "Niue",
    "Norfolk Island", "North Macedonia", "Northern Mariana Islands", "Norway", "Oman", "Pakistan", "Palau", "Palestine",
    "Panama", "Papua New Guinea", "Paraguay", "Peru", "Philippines", "Pitcairn Islands", "Poland", "Portugal", "Puerto Rico",
    "Qatar", "Reunion", "Romania", "Russia", "Rwanda", "Saint Barthelemy", "Saint Helena", "Saint Kitts and Nevis",
    "Saint Lucia", "Saint Martin", "Saint Pierre and Miquelon", "Saint Vincent and the Grenadines", "Samoa", "San Marino",
    "Sao Tome and Principe", "Saudi Arabia", "Senegal", "Serbia", "Seychelles", "Sierra Leone", "Singapore", "Slovakia",
    "Slovenia", "Solomon Islands", "Somalia", "South Africa", "South Korea", "South Sudan", "Spain", "Sri Lanka", "Sudan",
    "Suriname", "Svalbard & Jan Mayen Islands", "Sweden", "Switzerland", "Syria", "Taiwan", "Tajikistan", "Tanzania",
    "Thailand", "Timor-Leste", "Togo", "Tokelau", "Tonga", "Trinidad and Tobago", "Tunisia", "Turkey", "Turkmenistan",
    "Turks and Caicos Islands", "Tuvalu", "Uganda", "Ukraine", "United Arab Emirates", "United Kingdom",
    "United States of America", "Uruguay", "Uzbekistan", "Vanuatu", "Vatican City", "Venezuela", "Vietnam", "Wallis and Futuna",
    "Western Sahara", "Yemen", "Zambia", "Zimbabwe",
};

constexpr std::string_view k_countries_with_commas[] = {
    "Congo, Democratic Republic of the", "Iran, Islamic Republic of", "Korea, Republic of", "Micronesia, Federated States of",
    "Moldova, Republic of", "Tanzania, United Republic of",
};

constexpr std::string_view k_nicknames[] = {
    "Ace", "Buddy", "Chip", "Doc", "Duke", "Lucky", "Red", "Skip", "Slim", "Sunny",
};

constexpr std::string_view k_name_suffixes[] = {
    "Jr.", "Sr.", "II", "III", "MD", "PhD",
};
// clang-format on

} // namespace

Words first_names() {
  return k_first_names;
}
Words last_names() {
  return k_last_names;
}
Words street_suffixes() {
  return k_street_suffixes;
}
Words city_prefixes() {
  return k_city_prefixes;
}
Words city_suffixes() {
  return k_city_suffixes;
}
Words states() {
  return k_states;
}
Words countries() {
  return k_countries;
}
Words countries_with_commas() {
  return k_countries_with_commas;
}
Words nicknames() {
  return k_nicknames;
}
Words name_suffixes() {
  return k_name_suffixes;
}

} // namespace freshet::generate
